"""Intervals that respect clusters: pure functions on numbers."""
