"""From a report to a folder on the board: written, read back, and checked for faults."""
