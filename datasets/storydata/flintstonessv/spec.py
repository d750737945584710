"""What is known about FlintstonesSV: names, files, characters, counts, terms, citations.

Sources: adymaharana/storydalle@132dd19:story-dalle/flintstones_dataloader.py for the files and the
characters (line 11), adymaharana/VLCStoryGan@7411240 for the rule of the labels, and the story
starts in janak11111/FlintstonesSV_Plus_Plus@ffc9091:Data for the counts of val and test. A release
written by the toy world (it leaves `twin.json`) has its own cast and adds "-twin" to the name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storybench.types import StorySpec
from storydata.kit import twins

NAME = "flintstonessv"
VERSION = "storydalle-2022"
SPLITS = ("train", "val", "test")
N_TARGETS = 4
STORY_LEN = N_TARGETS + 1
SIZE = 128

CHARACTERS = ("Wilma", "Fred", "Betty", "Barney", "Dino", "Pebbles", "Mr Slate")

FOLDER = "flintstones"
ANNOTATIONS_FILE = "flintstones_annotations_v1-0.json"
SPLIT_FILE = "train-val-test_split.json"
FOLLOWINGS_FILE = "following_cache4.pkl"
LABELS_FILE = "labels.pkl"
EMBEDDINGS_FILE = "flintstones_use_embeddings.npy"
EMBEDDING_ROWS_FILE = "flintstones_use_embed_idxs.pkl"

FRAME_FOLDERS = {"sampled": "video_frames_sampled", "full": "video_frames"}
"""Where the arrays of `--frames` lie; a zip of the same name, `.zip` added, is as good."""

N_FRAMES = 75
"""Frames of every original clip: its id ends in the first and the last."""


@dataclass(frozen=True)
class Published:
    """What is known of one split of the real release."""

    n_stories: int
    n_clips: int
    n_episodes: int


PUBLISHED: Mapping[str, Published] = {
    "train": Published(n_stories=20_132, n_clips=20_672, n_episodes=135),
    "val": Published(n_stories=2_071, n_clips=2_135, n_episodes=16),
    "test": Published(n_stories=2_309, n_clips=2_377, n_episodes=17),
}
"""Stories as published; an episode of n clips holds n - 4, which gives the clips."""

SUBSETS: Mapping[str, Mapping[str, int]] = {
    "storydalle-1900": {"test": 1900},
    "vlcstorygan": {"val": 2060, "test": 2304},
}
"""Named parts of splits: the first so many stories, in the order of the split's list.

StoryDALL-E evaluates 1,900 test stories (flintstones_dataloader.py:101 at that commit), VLCStoryGAN
cuts val and test to what its batches fill (vlcgan/flintstones_data.py:540).
"""

LICENCE = (
    "No terms were found for FlintstonesSV or for the dataset of AI2 it was made from; the frames "
    "are of a television series under copyright. Do not redistribute these shards."
)

CITATION = (
    "Gupta, Schwenk, Farhadi, Hoiem and Kembhavi: Imagine This! Scripts to Compositions to Videos. "
    "ECCV 2018. Maharana and Bansal: Integrating Visuospatial, Linguistic and Commonsense "
    "Structure into Story Visualization. EMNLP 2021. Maharana, Hannan and Bansal: StoryDALL-E: "
    "Adapting Pretrained Text-to-Image Transformers for Story Continuation. ECCV 2022."
)


def spec(*, characters: Sequence[str], is_twin: bool, subset: str | None = None) -> StorySpec:
    """The spec of a build; of a twin no counts are published, of a subset those it is cut to."""
    return StorySpec(
        name=f"{NAME}-twin" if is_twin else NAME,
        version=VERSION,
        n_targets=N_TARGETS,
        size=SIZE,
        characters=tuple(characters),
        n_stories={} if is_twin else _published(subset),
        licence=twins.LICENCE if is_twin else LICENCE,
        citation=CITATION,
    )


def _published(subset: str | None) -> dict[str, int]:
    cut = SUBSETS[subset] if subset else {}
    return {
        split: min(known.n_stories, cut.get(split, known.n_stories))
        for split, known in PUBLISHED.items()
    }
