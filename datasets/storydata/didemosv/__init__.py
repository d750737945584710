"""DiDeMoSV: real videos, three frames a story.

`DATASET` is what `storybench build-didemo` finds under the name "didemosv".
"""

from storydata.didemosv.dataset import DATASET

__all__ = ["DATASET"]
