"""The files of the release beside its pictures: captions, labels, caches, splits, embeddings.

Which file holds what: adymaharana/storydalle@132dd19 (story-dalle/pororo_dataloader.py:384-460),
adymaharana/StoryViz@6e1126d (mart/data_loader.py:403-430), and for the vectors of StoryGAN
basiclab/CPCStoryVisualization-Pytorch@e34ecf1 (datasets/pororo.py:77-142). Most were written by
Python 2; those that are read without an encoding, by Python 3.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence

import numpy as np

from storydata.twin.pickled import column, npy, pickled
from storydata.twin.pororo.clips import Clip
from storydata.twin.pororo.listing import Listing
from storydata.twin.pororo.plan import EpisodePlan
from storydata.twin.vectors import sentence_vector, word_flags

ROOT = "pororo_png"
VECTOR, ATTRIBUTES, SENTENCE, SUBTITLE = 128, 228, 512, 128
"""Sizes of the vectors; that of subtitles is not known."""

NAMES = (
    "descriptions.csv",
    "descriptions.npy",
    "labels.npy",
    "frames_counter.npy",
    "img_cache4.npy",
    "following_cache4.npy",
    "train_seen_unseen_ids.npy",
    "train_test_ids.npy",
    "train_val_test_ids.npy",
    "descriptions_vec.npy",
    "descriptions_vec_512.pkl",
    "descriptions_attr.npy",
    "subtitles_vec.npy",
)
TEXTS = tuple(f"{ROOT}/{name}" for name in NAMES)
"""Paths of these files in the raw folder."""


def texts(
    episodes: Sequence[EpisodePlan], listing: Listing, clips: Sequence[Clip]
) -> dict[str, bytes]:
    """Every file beside the pictures, by path; clips in the order of the images."""
    captions = {clip.plan.id: list(clip.texts) for clip in clips}
    files = (
        _csv(clips),
        npy(captions, era=2),
        npy({clip.plan.id: np.array(clip.labels, np.int64) for clip in clips}, era=2),
        npy({f"{episode.key}/": episode.n_clips for episode in episodes}, era=2),
        *_caches(listing),
        *_ids(listing),
        npy(_vectors(captions, lambda text: sentence_vector(text, VECTOR)), era=2),
        pickled(_vectors(captions, lambda text: sentence_vector(text, SENTENCE)), era=3),
        npy(_vectors(captions, lambda text: word_flags(text, ATTRIBUTES)), era=2),
        npy(_vectors(_subtitles(clips), lambda text: sentence_vector(text, SUBTITLE)), era=2),
    )
    return dict(zip(TEXTS, files, strict=True))


def _csv(clips: Sequence[Clip]) -> bytes:
    """Episode, number, caption: episodes sorted by name, a row for each caption of a clip."""
    rows = io.StringIO()
    writer = csv.writer(rows)
    for clip in sorted(clips, key=lambda one: (one.plan.episode.name, one.plan.number)):
        writer.writerows((clip.plan.episode.name, clip.plan.number, text) for text in clip.texts)
    return rows.getvalue().encode()


def _caches(listing: Listing) -> tuple[bytes, bytes]:
    """Paths of the first clips of all stories, and of the four that follow each: raw bytes."""
    paths = [[f"{clip.id}.png" for clip in listing.clips_of(k)] for k in range(len(listing.starts))]
    table = np.array(paths, dtype="S")
    return npy(table[:, 0].astype("S"), era=2), npy(table[:, 1:], era=2)


def _ids(listing: Listing) -> tuple[bytes, bytes, bytes]:
    """The split in use, StoryGAN's, and the one between them."""
    train, seen, unseen = (listing.splits[name] for name in ("train", "seen", "unseen"))
    taken = set(seen)
    rest = [story for story in range(len(listing.starts)) if story not in taken]
    return (
        npy(column([train, seen, unseen]), era=3),
        npy(column([rest, seen]), era=2),
        npy(column(list(listing.earlier)), era=3),
    )


def _vectors(
    captions: dict[str, list[str]], vector: Callable[[str], np.ndarray]
) -> dict[str, np.ndarray]:
    """One row for each caption of a clip."""
    return {name: np.stack([vector(text) for text in told]) for name, told in captions.items()}


def _subtitles(clips: Sequence[Clip]) -> dict[str, list[str]]:
    """What is said in a clip: its subject sings or says what it does."""
    said = {}
    for clip in clips:
        event = clip.take.event
        said[clip.plan.id] = [f"look, I {event.action}, says {event.subject}" if event else "wind"]
    return said
