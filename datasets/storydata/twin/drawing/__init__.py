"""Drawing: shapes on a canvas, and characters as sprites."""
