"""Whose pictures are these, and which is which? One file for each family of producers.

`recognise` holds a folder against every layout that people's code is known to write, and says which
one it is, why, how complete it is, and by option name what the names do not say. What it recognised
is read where it lies (`Recognition.predictions`) or written anew by `storybench preds convert`.
Nothing is guessed: numbers are sorted as numbers, and an order that nobody states is asked for.
"""

from storybench.predictions.layouts.answers import OPTIONS
from storybench.predictions.layouts.catalogue import LAYOUTS
from storybench.predictions.layouts.recognise import recognise
from storybench.predictions.layouts.recognition import Layout, Question, Recognition
from storybench.predictions.layouts.split import Split

__all__ = ["LAYOUTS", "OPTIONS", "Layout", "Question", "Recognition", "Split", "recognise"]
