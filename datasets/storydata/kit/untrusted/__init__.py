"""Files from outside as plain data and nothing else: pickles and arrays, archives, tables."""
