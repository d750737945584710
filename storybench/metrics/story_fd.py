"""Fréchet distances between whole stories: is what frames are *together* like the real ones?

A story is one vector, made of the features f_1 … f_t of its scored frames (t, d):

- `story_fd`: all of them in order (t d). Frames in the wrong order, or of different stories, move
  it although FID is blind to both.
- `story_fd_mean`: their mean (d), the story as a whole, whatever the order.
- `story_fd_motion`: the steps f_2 - f_1 … f_t - f_(t-1) ((t - 1) d), what changes and when. A story
  that repeats one picture has none.
- `fsd`: what a network for video sees in the frames (512), where its weights are there. This is the
  distance of the literature, computed as it was meant: the implementations that were shipped
  prepare their input and then run the network on the raw one (basiclab/
  CPCStoryVisualization-Pytorch@31b5f60:fid/residual2p1.py, adymaharana/VLCStoryGan@7411240:
  vfid/residual2p1.py).

Stories are few against t d dimensions, so most of these numbers are flagged `rank_deficient`; like
FID they are compared at equal n only.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storybench.errors import InputError, MissingError
from storybench.flags import FLOOR_CLUSTERS, FLOOR_SLOTS, Flag
from storybench.metrics import record as records
from storybench.metrics.evidence import Evidence, Side, Slots
from storybench.metrics.extractor import Features, distance_id
from storybench.metrics.features import FeatureTable
from storybench.metrics.leave_out import leave_out
from storybench.metrics.metric import Absent, Estimate

FEWEST_STORIES = 2

SIDES: tuple[Side, Side] = ("generated", "reference")

VECTORS = {
    "story_fd": "frames in order",
    "story_fd_mean": "mean of frames",
    "story_fd_motion": "steps between neighbouring frames",
}


class StoryFD:
    """Three distances through the run's extractor, and FSD where its network is there.

    `video` is another weights file for that network; its hash is then part of the id.
    """

    def __init__(self, video: Path | None = None) -> None:
        self.video = video

    def estimate(self, evidence: Evidence) -> tuple[Estimate | Absent, ...]:
        """The distances over stories, each with its value without each group.

        Raises:
            InputError: a feature is not a finite number, stories differ in length, or the weights
                file of the video network holds something else.
            MissingError: the weights that the caller named are not there.
            VerificationError: the file in the place of the published weights is another.
        """
        records.require(evidence)
        if len(evidence.slots.stories) < FEWEST_STORIES:
            reason = (
                f"Expected at least {FEWEST_STORIES} stories, found {len(evidence.slots.stories)}."
            )
            return (Absent("story_fd", reason),)
        frames = [_by_story(evidence, side) for side in SIDES]
        t = frames[0].shape[1]
        names = [name for name in VECTORS if t > 1 or name == "story_fd"]
        found = [_of_features(name, frames, evidence) for name in names]
        return (*found, _of_video(evidence, self.video))


def vectors(name: str, frames: Features) -> Features:
    """One vector a story from frames (s, t, d), by the name of the distance.

    >>> frames = np.array([[[1.0], [3.0], [8.0]]], np.float32)
    >>> [vectors(name, frames).tolist() for name in VECTORS]
    [[[1.0, 3.0, 8.0]], [[4.0]], [[2.0, 5.0]]]
    """
    if name == "story_fd_mean":
        return frames.mean(axis=1)
    steps = np.diff(frames, axis=1) if name == "story_fd_motion" else frames
    return steps.reshape(len(frames), -1)


def _by_story(evidence: Evidence, side: Side) -> Features:
    """Features (s, t, d) of the frames of each story, in order."""
    table, slots = evidence.features(side), evidence.slots
    t = length(slots)
    return table.rows[table.slots].reshape(len(slots.stories), t, -1)


def length(slots: Slots) -> int:
    """How many scored frames every story has.

    Raises:
        InputError: not all have as many.
    """
    lengths = np.bincount(slots.story, minlength=len(slots.stories))
    if lengths.min() != lengths.max():
        raise InputError(
            f"Expected stories of one length, found {lengths.min()} to {lengths.max()} scored "
            "frames in a story."
        )
    return int(lengths[0])


def _of_features(name: str, frames: list[Features], evidence: Evidence) -> Estimate:
    settings = {
        **records.record(evidence),
        "vector": VECTORS[name],
        "flags": records.flags(evidence),
    }
    metric = distance_id(name, evidence.extractor, frames=evidence.frames)
    return _estimate(metric, [vectors(name, side) for side in frames], evidence, settings)


def _of_video(evidence: Evidence, weights: Path | None) -> Estimate | Absent:
    from storybench.metrics import video

    try:
        network = video.load(weights)
    except MissingError as error:
        if weights is not None:
            raise
        return Absent("fsd", str(error))
    t = length(evidence.slots)
    pictures = (evidence.pictures.of(side) for side in SIDES)
    sides = [network.features(frames, t=t) for frames in pictures]
    settings: dict[str, Any] = {
        **records.record(evidence),
        "vector": "all frames through a network for video",
        "extractor": network.describe(),
        "preprocess": video.PREPROCESS,
        "flags": [] if network.is_published else ["not_comparable"],
    }
    metric = f"fsd.{video.ARCH}.{network.weights_sha256[:8]}.{evidence.frames}.v1"
    return _estimate(metric, sides, evidence, settings)


def _estimate(
    metric: str, sides: list[Features], evidence: Evidence, settings: dict[str, Any]
) -> Estimate:
    """The distance between two sets of stories (s, d'), clustered as the stories are."""
    slots = evidence.slots
    groups = np.zeros(len(slots.stories), np.intp)
    groups[slots.story] = slots.groups
    generated, reference = (_table(side) for side in sides)
    left_out = records.groups_left_out(evidence)
    whole, replicates = leave_out(generated, reference, groups, left_out=left_out)
    flags: list[Flag] = list(settings["flags"])
    if len(groups) <= sides[0].shape[1]:
        flags.insert(0, "rank_deficient")
    if slots.n < FLOOR_SLOTS or slots.n_groups < FLOOR_CLUSTERS:
        flags.append("below_floor")
    return Estimate(
        metric=metric,
        value=whole.value,
        replicates=replicates,
        n=slots.n,
        direction="lower",
        settings={
            **settings,
            "n_stories": len(groups),
            "dim": sides[0].shape[1],
            "sqrt": whole.method,
            "flags": flags,
        },
    )


def _table(rows: NDArray[np.float32]) -> FeatureTable:
    """A table in which every story is a picture of its own."""
    return FeatureTable(rows=rows, slots=np.arange(len(rows)), hashes=("",) * len(rows))
