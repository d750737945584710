"""Everything that the tables and folders of a release say, read once; no clip is opened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from storybench.errors import InputError, MissingError, RawDataError
from storybench.mentions import mentions
from storybench.types import StorySpec
from storydata.kit.raw import RawFile
from storydata.pororosv import spec
from storydata.pororosv.caches import Caches, check_caches, read_caches, trusted_starts
from storydata.pororosv.cast import read_cast
from storydata.pororosv.lengths import Lengths, highest, longest, settle
from storydata.pororosv.names import Clip, in_folder_order
from storydata.pororosv.options import Options
from storydata.pororosv.release import Release, open_release
from storydata.pororosv.splits import Split, released_split, substitute_split
from storydata.pororosv.stories import in_text_order, story_starts
from storydata.pororosv.tables import (
    Captions,
    Labels,
    Table,
    read_captions,
    read_counter,
    read_labels,
)

RELEASED, FROM_CAPTIONS = "released", "captions"
"""Where labels come from: the release's own, or names in captions."""


@dataclass(frozen=True)
class Facts:
    """A release as its tables describe it.

    `captions_name` is the file that captions were read from, `starts` the first clip of each story
    by id, `split` their ids by split (`is_substitute` if by hashes), `tables` every table that was
    read.
    """

    release: Release
    spec: StorySpec
    captions: Table[Clip, Captions]
    captions_name: str
    labels: Table[Clip, Labels] | None
    lengths: Lengths
    starts: tuple[Clip, ...]
    split: Split
    is_substitute: bool
    is_twin: bool
    tables: tuple[RawFile, ...]

    @property
    def label_source(self) -> str:
        """Where the labels come from."""
        return FROM_CAPTIONS if self.labels is None else RELEASED

    @cached_property
    def clips(self) -> tuple[Clip, ...]:
        """Every clip that the release has, in the order of an image folder, there or not."""
        lengths = self.lengths.by_episode
        return tuple(
            Clip(episode, n)
            for episode in in_folder_order(lengths)
            for n in in_text_order(range(1, lengths[episode] + 1))
        )

    def captions_of(self, clip: Clip) -> Captions:
        """All captions of a clip; none if the table has none."""
        return self.captions.entries.get(clip, ())

    def labels_of(self, clip: Clip) -> Labels | None:
        """Who a clip shows, None where released labels do not say."""
        if self.labels is None:
            return mentions(self.captions_of(clip), self.spec.characters)
        return self.labels.entries.get(clip)

    def file_of(self, clip: Clip) -> RawFile | None:
        """The file of a clip, None if it is missing."""
        return self.release.clips.get(clip.episode, {}).get(clip.n)


def read_facts(raw: Path, options: Options) -> Facts:
    """Read every table that a build needs.

    PororoQA's own clips come without split ids, and are then split by hashes unasked.

    Raises:
        MissingError: no release, no captions, or no split ids where no substitute was asked for.
        InputError: two releases, or `recover_lost` of a split that loses nothing.
        RawDataError: a table is not what was expected, or two contradict each other.
    """
    release = open_release(raw)
    tables = release.tables
    cast = read_cast(raw, release)
    captions_file = _captions_file(release)
    captions = read_captions(captions_file)
    is_substitute = _is_substitute(release, options)
    made = spec.make_spec(
        is_original=release.is_original,
        is_substitute=is_substitute,
        cast=cast.names if cast else None,
    )
    lengths, caches = _lengths(release, captions, captions_file.name, is_strict=not is_substitute)
    lengths, starts = _starts(lengths, caches, options)
    _check_any(starts, lengths)
    used = {captions_file.name, spec.LABELS, spec.COUNTER}
    used |= set() if is_substitute else {spec.STARTS, spec.FOLLOWING, spec.SPLIT_IDS}
    return Facts(
        release=release,
        spec=made,
        captions=captions,
        captions_name=captions_file.name,
        labels=_labels(tables, len(made.characters)),
        lengths=lengths,
        starts=starts,
        split=substitute_split(starts) if is_substitute else released_split(tables, len(starts)),
        is_substitute=is_substitute,
        is_twin=cast is not None,
        tables=(*_read(tables.values(), used), *([cast.file] if cast else ())),
    )


def _captions_file(release: Release) -> RawFile:
    """`descriptions.npy`, which StoryDALL-E's loader reads; without it the rows it was made of."""
    for name in (spec.CAPTIONS, spec.CAPTION_ROWS):
        if name in release.tables:
            return release.tables[name]
    raise MissingError(
        f"Expected {spec.CAPTIONS} or {spec.CAPTION_ROWS} in {release.folder}, found neither: a "
        f"story needs captions. The release has both; {spec.CAPTION_ROWS} is also in the "
        "repository Kyung-Min/PororoQA."
    )


def _is_substitute(release: Release, options: Options) -> bool:
    """Whether the split is by hashes: asked for, or PororoQA's own clips without ids."""
    if options.substitute_split:
        return True
    if not release.is_original or spec.SPLIT_IDS in release.tables:
        return False
    if options.recover_lost:
        raise InputError(
            f"Expected --recover-lost with {spec.SPLIT_IDS}, found none: a split by hashes loses "
            "no story. Leave it out."
        )
    return True


def _lengths(
    release: Release, captions: Table[Clip, Captions], captions_name: str, *, is_strict: bool
) -> tuple[Lengths, Caches]:
    """The lengths of episodes, and the caches to compare; a substitute split reads no caches."""
    tables = release.tables
    caches = read_caches(tables) if is_strict else Caches(None, None)
    counter = read_counter(tables[spec.COUNTER]).entries if spec.COUNTER in tables else None
    lengths = settle(
        release,
        highest(captions.entries),
        captions_name=captions_name,
        counter=counter,
        caches=caches,
        is_strict=is_strict,
    )
    return lengths, caches


def _starts(lengths: Lengths, caches: Caches, options: Options) -> tuple[Lengths, tuple[Clip, ...]]:
    """The story starts by the rule, which the caches must confirm; or, if so asked, the caches'."""
    if options.trust_caches:
        return longest(lengths, caches.lengths, counted_by=spec.STARTS), trusted_starts(caches)
    starts = tuple(story_starts(lengths.by_episode))
    check_caches(caches, starts, counted_by=lengths.counted_by)
    return lengths, starts


def _labels(tables: Mapping[str, RawFile], n_characters: int) -> Table[Clip, Labels] | None:
    return read_labels(tables[spec.LABELS], n_characters) if spec.LABELS in tables else None


def _check_any(starts: tuple[Clip, ...], lengths: Lengths) -> None:
    if not starts:
        raise RawDataError(
            f"Expected an episode of at least {spec.STORY_LEN} clips in {lengths.counted_by}, "
            "found none, so there is no story to build."
        )


def _read(files: Iterable[RawFile], used: set[str]) -> tuple[RawFile, ...]:
    return tuple(file for file in files if file.name in used)
