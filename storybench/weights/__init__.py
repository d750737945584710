"""Weights files that others made: which there are, where they lie, how they are had and checked."""
