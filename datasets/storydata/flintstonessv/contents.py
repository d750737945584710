"""What a release says, read once: clips, splits, stories, arrays, and what is lost of them.

Build, dry run and check all stand on this. Nothing here opens an array.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from storybench.errors import RawDataError
from storydata.flintstonessv.annotations import Annotations, read_annotations
from storydata.flintstonessv.arrays import Arrays, find_arrays
from storydata.flintstonessv.followings import (
    Followings,
    difference,
    followings,
    read_cache,
    starts,
)
from storydata.flintstonessv.ids import cluster
from storydata.flintstonessv.labels import label_difference, read_labels
from storydata.flintstonessv.options import Options
from storydata.flintstonessv.release import Release
from storydata.flintstonessv.spec import (
    ANNOTATIONS_FILE,
    FOLLOWINGS_FILE,
    LABELS_FILE,
    SPLIT_FILE,
)
from storydata.flintstonessv.splits import SplitLists, read_splits
from storydata.flintstonessv.stories import PlannedStory, plan_stories
from storydata.kit.drops import Drop


@dataclass(frozen=True)
class Contents:
    """A release in memory, without its pictures.

    `cut` is what follows each clip by the official rule, `stories` those of each split in the order
    of ids, `lost` why a listed clip cannot be used.
    """

    release: Release
    annotations: Annotations
    lists: SplitLists
    cut: Followings
    stories: Mapping[str, list[PlannedStory]]
    arrays: Arrays
    lost: Mapping[str, Drop]

    @property
    def n_stories(self) -> dict[str, int]:
        """How many stories the release promises, by split."""
        return {split: len(planned) for split, planned in self.stories.items()}

    def story_losses(self) -> Iterator[Drop]:
        """The stories that cannot be made, each with its reason, in the order of the splits."""
        split_of = self.lists.split_of
        for split, planned in self.stories.items():
            for story in planned:
                loss = _loss(story, split_of, self.lost)
                if loss is not None:
                    yield Drop(story.key, "story", split, *loss)


def read_contents(release: Release, options: Options) -> Contents:
    """Read annotations, splits and the names of the arrays, and cut the stories.

    Raises:
        MissingError: no annotations, or no split file.
        RawDataError: one of them, or a zip that is needed, is not what was expected; or the clips
            make no story.
    """
    annotations = read_annotations(release.path(ANNOTATIONS_FILE))
    lists = read_splits(release.path(SPLIT_FILE))
    split_of = lists.split_of
    cut = followings(split_of)
    stories = plan_stories(lists.ids, starts(cut), subset=options.subset)
    if not any(stories.values()):
        raise RawDataError(
            f"Expected five clips of one episode in {SPLIT_FILE}, found none, so there is no story "
            "to build."
        )
    arrays = find_arrays(release.folder, options.frames, split_of)
    return Contents(
        release,
        annotations,
        lists,
        cut,
        stories,
        arrays,
        lost=dict(_lost_clips(annotations, lists, arrays)),
    )


def cache_losses(contents: Contents) -> Iterator[Drop]:
    """The optional files that are there and say something else than the release, or nothing."""
    for name, compare in ((FOLLOWINGS_FILE, _compare_cache), (LABELS_FILE, _compare_labels)):
        if not contents.release.path(name).is_file():
            continue
        try:
            what = compare(contents)
        except RawDataError as error:
            yield Drop(name, "file", "", "unreadable", str(error))
        else:
            if what:
                yield Drop(name, "file", "", "differs from the rule", what)


def _compare_cache(contents: Contents) -> str:
    cache = read_cache(contents.release.path(FOLLOWINGS_FILE))
    found = difference(cache, contents.cut)
    return str(found) if found else ""


def _compare_labels(contents: Contents) -> str:
    release = contents.release
    published = read_labels(release.path(LABELS_FILE), n_characters=len(release.characters))
    found = label_difference(published, contents.annotations.clips, release.characters)
    return str(found) if found else ""


def _lost_clips(
    annotations: Annotations, lists: SplitLists, arrays: Arrays
) -> Iterator[tuple[str, Drop]]:
    """Listed clips that cannot be used, by id, sorted in each split."""
    for split, ids in lists.ids.items():
        for clip_id in sorted(ids):
            if clip_id in annotations.broken:
                why = "annotation broken", annotations.broken[clip_id]
            elif clip_id not in annotations.clips:
                why = "annotation missing", f"No record of {clip_id} in {ANNOTATIONS_FILE}."
            elif clip_id not in arrays.files:
                why = "array missing", arrays.why_missing(clip_id)
            else:
                continue
            yield clip_id, Drop(clip_id, "clip", split, *why)


def _loss(
    story: PlannedStory, split_of: Mapping[str, str], lost: Mapping[str, Drop]
) -> tuple[str, str] | None:
    """Step and reason for a story that cannot be made, None for one that can."""
    for clip_id in story.clips:
        if split_of[clip_id] != story.split:
            return "crosses splits", (
                f"Its clip {clip_id} is {split_of[clip_id]}: {SPLIT_FILE} has the episode "
                f"{cluster(clip_id)} in two splits."
            )
        if clip_id in lost:
            return lost[clip_id].step, f"Its clip {clip_id} is lost. {lost[clip_id].reason}"
    return None
