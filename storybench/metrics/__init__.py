"""Metrics, one file each: features, then statistics, then one float64 number."""
