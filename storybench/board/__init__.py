"""Submissions, their checks, and the one static page made of them."""
