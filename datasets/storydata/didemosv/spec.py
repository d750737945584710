"""What is known about DiDeMoSV: names, files, lengths, terms and citations, each with its source.

Two datasets come out of this package and are never confused: `didemosv`, the frames that the
authors of StoryDALL-E released, and `didemosv-rebuilt`, stories cut by our own written rule from
the DiDeMo annotations and videos, since no script that made the release was ever published. Numbers
on one are not comparable with numbers on the other. A release written by the toy world (it leaves
`twin.json`, or `.twin-unfinished.json` if it was stopped) adds "-twin" to the name.

Sources: LisaAnne/LocalizingMoments@b6a555c:README.md for DiDeMo, and
adymaharana/storydalle@132dd19:story-dalle/didemo_dataloader.py for the release.
"""

from __future__ import annotations

from pathlib import Path

from storybench.types import StorySpec
from storydata.kit import twins

ALGORITHM = "didemo-v1"
RELEASE = "release-2022-10-26"

SPLITS = ("train", "val", "test")
ANNOTATION_FILES = {split: f"{split}_data.json" for split in SPLITS}
RELEASED_FILES = {split: f"{split}.json" for split in SPLITS}
RELEASED_FOLDER = "didemo"
LICENCES_FILE = "video_licenses.txt"
HASHES_FILE = "yfcc100m_hash.txt"
TWIN_FILES = (twins.FACTS, twins.UNFINISHED)
"""What a finished twin leaves, and one that was stopped."""

CHUNK_SECONDS = 5.0
MAX_CHUNKS = 6
MAX_SECONDS = CHUNK_SECONDS * MAX_CHUNKS
"""Annotators saw 5-second chunks of the first 30 seconds (README.md:54-56 at that commit)."""

LICENCE = (
    "Annotations CC BY-NC-SA 4.0 (only LisaAnne/LocalizingMoments@17ae517:data/README.md says so). "
    "Each video keeps its own Creative Commons 2.0 licence, recorded per frame where "
    f"{LICENCES_FILE} is given; 2,985 of 10,464 videos allow no derivatives, 7,421 no commercial "
    "use. Do not redistribute these shards."
)

CITATION = (
    "Hendricks, Wang, Shechtman, Sivic, Darrell and Russell: Localizing Moments in Video with "
    "Natural Language. ICCV 2017. Maharana, Hannan and Bansal: StoryDALL-E: Adapting Pretrained "
    "Text-to-Image Transformers for Story Continuation. ECCV 2022."
)


def rebuilt(raw: Path, *, story_len: int) -> StorySpec:
    """The spec of stories cut from annotations and videos by the rule "didemo-v1"."""
    return _spec("didemosv-rebuilt", raw, version=ALGORITHM, story_len=story_len)


def released(raw: Path, *, story_len: int) -> StorySpec:
    """The spec of the stories that the release itself lists."""
    return _spec("didemosv", raw, version=RELEASE, story_len=story_len)


def _spec(name: str, raw: Path, *, version: str, story_len: int) -> StorySpec:
    is_twin = any((raw / name).is_file() for name in TWIN_FILES)
    return StorySpec(
        name=f"{name}-twin" if is_twin else name,
        version=version,
        n_targets=story_len - 1,
        licence=twins.LICENCE if is_twin else LICENCE,
        citation=CITATION,
    )
