"""PororoSV: cartoon clips, five frames a story, nine characters.

`DATASET` is what `storybench build-pororo` finds under the name "pororosv".
"""

from storydata.pororosv.dataset import DATASET

__all__ = ["DATASET"]
