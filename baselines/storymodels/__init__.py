"""Reference models for story continuation."""
