"""Rows every board needs: what a score is worth when nothing is generated."""
