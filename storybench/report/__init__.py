"""What is made of an evaluation: a folder to keep, to print, to look at, and to compare.

`folder` writes and reads it whole; `record`, `tables`, `latex`, `markdown` and `page` are its
files. `like` repeats a run and `differences` says what changed; `why` sets a number beside a
published one; `comparison` and `versus` set two systems beside each other. Nothing here imports
torch.
"""
