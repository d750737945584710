"""Someone's own pictures or videos, with a recipe that says how they become a benchmark.

`DATASET` is what `storybench build RECIPE OUT` finds under the name "own".
"""

from storydata.own.dataset import DATASET

__all__ = ["DATASET"]
