"""Pickles and arrays from outside as plain data and nothing else.

files       what to call: `load_pickle`, `load_npy`, and the same from bytes
unpickler   the machine that reads a pickle and can only build plain data
names       the names that a pickle may use
arrays      numpy's arrays and scalars, put together by hand
"""
