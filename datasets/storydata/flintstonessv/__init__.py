"""FlintstonesSV: five clips of one cartoon episode a story, one of five frames of each.

`DATASET` is what `storybench build-flintstones` finds under the name "flintstonessv".
"""

from storydata.flintstonessv.dataset import DATASET

__all__ = ["DATASET"]
