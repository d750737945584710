"""Stories for training: a dataset for `torch.utils.data`, a sampler that can resume, a cache.

::

    dataset = StoryDataset("shards", "train", frames="random", transform=Transform(crop="random"))
    sampler = StorySampler(len(dataset), rank=rank, world=world)
    loader = DataLoader(dataset, batch_size=8, sampler=sampler, num_workers=2)

Nothing here imports torch: items are numpy arrays, which its default collate makes tensors of. What
is random is a hash of seed, epoch and story, so that any number of workers and ranks, and a run
that was stopped and resumed, see the same pictures.
"""

from storybench.loader.cache import FrameCache
from storybench.loader.choice import Draw, draw_of
from storybench.loader.dataset import Item, StoryDataset
from storybench.loader.presets import (
    ARLDM_EVAL,
    ARLDM_TRAIN,
    MEGA_EVAL,
    MEGA_TRAIN,
    STORYDALLE_DIDEMO_EVAL,
    STORYDALLE_DIDEMO_TRAIN,
    STORYDALLE_EVAL,
    STORYDALLE_TRAIN,
    Preset,
)
from storybench.loader.sampler import StorySampler
from storybench.loader.transform import Transform

__all__ = [
    "ARLDM_EVAL",
    "ARLDM_TRAIN",
    "MEGA_EVAL",
    "MEGA_TRAIN",
    "STORYDALLE_DIDEMO_EVAL",
    "STORYDALLE_DIDEMO_TRAIN",
    "STORYDALLE_EVAL",
    "STORYDALLE_TRAIN",
    "Draw",
    "FrameCache",
    "Item",
    "Preset",
    "StoryDataset",
    "StorySampler",
    "Transform",
    "draw_of",
]
