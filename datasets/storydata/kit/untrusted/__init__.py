"""Files from outside as plain data and nothing else: archives and tables.

Pickles and arrays: `storybench.pickles`.
"""
