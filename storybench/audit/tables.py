"""The numbers of an audit as rows, the same for the terminal and for the page.

A cell is text, a whole number, a `Share` (which the page draws as a bar) or None where there is no
number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from storybench.audit.captions import STEP, Captions, SharedCaptions
from storybench.audit.labels import Labels, Oracle
from storybench.audit.near import Near
from storybench.audit.percent import Share, share
from storybench.audit.record import Audit
from storybench.audit.sharing import Pair, Shared, SharedClusters
from storybench.audit.sides import both_sides
from storybench.audit.windows import Windows
from storybench.page.chart import number

Cell = str | int | Share | None


@dataclass(frozen=True)
class Table:
    """Equal rows under one title; no rows, no table."""

    title: str
    rows: tuple[Mapping[str, Cell], ...]


@dataclass(frozen=True)
class Pairs:
    """Examples to look at: slots that show the same, or nearly."""

    title: str
    pairs: tuple[Pair, ...]


@dataclass(frozen=True)
class Section:
    """One question of the audit: its tables, its pictures, and how its numbers came about."""

    title: str
    method: str
    tables: tuple[Table, ...]
    pictures: tuple[Pairs, ...] = field(default=())


def sections(audit: Audit) -> tuple[Section, ...]:
    """Everything, in the order in which it should be read."""
    found = (
        _sharing(audit.shared, audit.shared_clusters),
        _near(audit.near),
        _windows(audit.windows),
        *([_labels(audit.labels)] if audit.labels is not None else []),
        _captions(audit.captions, audit.shared_captions),
    )
    return tuple(section for section in found if any(table.rows for table in section.tables))


def _sharing(shared: Sequence[Shared], clusters: Sequence[SharedClusters]) -> Section:
    return Section(
        "In two splits",
        "A frame counts as shared if its clip or its very pixels are in the other split too. "
        "Shares are of the split named first.",
        (
            Table("Frames and clips", tuple(_shared_row(one) for one in shared if one.n_slots)),
            Table(
                "Episodes",
                tuple(
                    {
                        "split": one.split,
                        "also in": one.other,
                        "episodes": one.n_clusters,
                        "of": one.of_clusters,
                        "share of episodes": share(one.n_clusters, one.of_clusters),
                        "share of stories": share(one.n_stories, one.of_stories),
                    }
                    for one in clusters
                    if one.n_clusters
                ),
            ),
        ),
        tuple(
            Pairs(f"In {one.split} and in {one.other}", one.examples)
            for _, one in both_sides(shared)
            if one.examples
        ),
    )


def _shared_row(one: Shared) -> dict[str, Cell]:
    return {
        "split": one.split,
        "also in": one.other,
        "clips": one.n_clips,
        "pictures": one.n_pictures,
        "frames": one.n_slots,
        "share of frames": share(one.n_slots, one.of_slots),
        "stories": one.n_stories,
        "share of stories": share(one.n_stories, one.of_stories),
    }


def _near(near: Near) -> Section:
    left_out = f" {near.n_flat:,} of one colour were left out." if near.n_flat else ""
    return Section(
        "Near-duplicates",
        f"Pictures whose perceptual hashes differ in at most {near.bits} of 64 bits and whose "
        f"colours agree on a grid of 16 × 16; {near.n_pictures:,} distinct pictures were compared, "
        f"each with every other.{left_out}",
        (
            Table(
                "Across splits",
                tuple(
                    {
                        "split": one.split,
                        "resembles": one.other,
                        "pictures": one.n_pictures,
                        "share of pictures": share(one.n_pictures, one.of_pictures),
                        "stories": one.n_stories,
                        "share of stories": share(one.n_stories, one.of_stories),
                    }
                    for one in near.across
                    if one.n_pictures
                ),
            ),
            Table(
                "Inside a split",
                tuple(
                    {
                        "split": one.split,
                        "pictures": one.of_pictures,
                        "like another episode": one.n_elsewhere,
                        "share": share(one.n_elsewhere, one.of_pictures),
                        "like their own": one.n_own_episode,
                        "share of own": share(one.n_own_episode, one.of_pictures),
                    }
                    for one in near.inside
                ),
            ),
        ),
        (
            *([Pairs("Across splits", near.across_examples)] if near.across_examples else []),
            *([Pairs("Inside a split", near.inside_examples)] if near.inside_examples else []),
        ),
    )


def _windows(windows: Sequence[Windows]) -> Section:
    overlaps = sorted({n for one in windows for n in one.overlaps})
    return Section(
        "Overlapping stories",
        "Stories cut as sliding windows show the same frames again. The effective number of "
        "clusters is (Σn)² / Σn² over the stories n of each episode: how many episodes of one size "
        "would say as much.",
        (
            Table(
                "Stories and episodes",
                tuple(
                    {
                        "split": one.split,
                        "stories": one.n_stories,
                        "sharing": one.n_overlapping,
                        "share": share(one.n_overlapping, one.n_stories),
                        "frames": one.n_slots,
                        "distinct": one.n_frames,
                        "episodes": one.n_clusters,
                        "effective": f"{one.n_effective:.1f}",
                    }
                    for one in windows
                ),
            ),
            Table(
                "Frames shared with the story that shares most",
                tuple(
                    {
                        "frames": n,
                        **{
                            one.split: share(one.overlaps.get(n, 0), one.n_stories)
                            for one in windows
                        },
                    }
                    for n in overlaps
                ),
            ),
        ),
    )


def _labels(labels: Labels) -> Section:
    source = [{"label source": name, "stories": n} for name, n in labels.sources.items()]
    correlation = labels.rank_correlation
    order = "" if correlation is None else f" Rank correlation: {number(correlation, 2)}."
    return Section(
        "Characters",
        "Labels against the names in captions, frame by frame, every caption of a frame counted. "
        "Precision: of the frames that name a character, how many are labelled so. Recall: of the "
        f"labelled, how many name it.{order}",
        (
            Table("Label sources", tuple(source)),
            Table("Share of frames with the character", _frequency_rows(labels)),
            Table("Labels against captions", _agreement_rows(labels)),
            *(() if labels.oracle is None else (_oracle(labels, labels.oracle),)),
        ),
    )


def _frequency_rows(labels: Labels) -> tuple[Mapping[str, Cell], ...]:
    return tuple(
        {
            "character": one.name,
            **{
                split: share(one.per_split[split], n)
                for split, n in labels.frames_per_split.items()
            },
        }
        for one in sorted(labels.characters, key=lambda one: -one.n_labelled)
    )


def _agreement_rows(labels: Labels) -> tuple[Mapping[str, Cell], ...]:
    labelled = _ranks({one.name: one.n_labelled for one in labels.characters})
    named = _ranks({one.name: one.n_named for one in labels.characters})
    return tuple(
        {
            "character": one.name,
            "labelled": one.n_labelled,
            "named": one.n_named,
            "ranks": f"{labelled[one.name]} · {named[one.name]}",
            "precision": None if one.precision is None else Share(one.precision),
            "recall": None if one.recall is None else Share(one.recall),
            "same": Share(one.exact),
            "fits best": one.closest if one.n_named else None,
        }
        for one in labels.characters
    )


def _oracle(labels: Labels, oracle: Oracle) -> Table:
    labelled = _ranks({one.name: one.n_labelled for one in labels.characters})
    published = _ranks(oracle.counts_published)
    rows = [
        {
            "character": name,
            "clips naming it": n,
            oracle.source: oracle.counts_published[name],
            "rank": published[name],
            "rank of labels": labelled[name],
        }
        for name, n in oracle.counts.items()
    ]
    none = {
        "character": "none of them",
        "clips naming it": oracle.n_without,
        oracle.source: oracle.n_without_published,
        "rank": None,
        "rank of labels": None,
    }
    total = {
        **none,
        "character": "all clips",
        "clips naming it": oracle.n_clips,
        oracle.source: oracle.n_clips_published,
    }
    return Table(f"Mentions against {oracle.source}", (*rows, none, total))


def _captions(captions: Sequence[Captions], shared: Sequence[SharedCaptions]) -> Section:
    return Section(
        "Captions",
        "Every caption of every frame, each frame once a split. Word for word in two splits: "
        "frames that stand in both are left out.",
        (
            Table("Counts", tuple(_caption_row(one) for one in captions)),
            Table("Words", _length_rows(captions)),
            Table("Characters named in a frame's captions", _naming_rows(captions)),
            Table(
                "Left over or unusual",
                tuple(
                    {"captions": kind, **{one.split: one.faults[kind] for one in captions}}
                    for kind in captions[0].faults
                    if any(one.faults[kind] for one in captions)
                )
                if captions
                else (),
            ),
            Table(
                "Word for word in two splits",
                tuple(
                    {
                        "split": one.split,
                        "also in": one.other,
                        "captions": one.n_shared,
                        "share of captions": share(one.n_shared, one.of_distinct),
                    }
                    for one in shared
                    if one.n_shared
                ),
            ),
        ),
    )


def _caption_row(one: Captions) -> dict[str, Cell]:
    low, median, mean, high = one.words or (0, 0.0, 0.0, 0)
    return {
        "split": one.split,
        "frames": one.n_frames,
        "captions": one.n_captions,
        "distinct": one.n_distinct,
        "repeated": one.n_repeated,
        "frames with several": one.n_several,
        "words": f"{low}–{high}",
        "median": f"{median:.0f}",
        "mean": f"{mean:.1f}",
    }


def _length_rows(captions: Sequence[Captions]) -> tuple[Mapping[str, Cell], ...]:
    used = [k for one in captions for k, n in enumerate(one.lengths) if n]
    last = max((len(one.lengths) for one in captions), default=0) - 1
    return tuple(
        {
            "words": f"{STEP * k} or more" if k == last else f"{STEP * k}–{STEP * k + STEP - 1}",
            **{one.split: share(one.lengths[k], one.n_captions) for one in captions},
        }
        for k in range(max(used, default=-1) + 1)
    )


def _naming_rows(captions: Sequence[Captions]) -> tuple[Mapping[str, Cell], ...]:
    naming = {one.split: one.n_naming or {} for one in captions}
    totals = {one.split: one.n_frames for one in captions}
    return tuple(
        {
            "characters": n,
            **{split: share(of.get(n, 0), totals[split]) for split, of in naming.items()},
        }
        for n in sorted({n for of in naming.values() for n in of})
    )


def _ranks(counts: Mapping[str, int]) -> dict[str, int]:
    """1 for the most frequent; equals share the better rank.

    >>> _ranks({"Ada": 5, "Bo": 9, "Cy": 5})
    {'Ada': 2, 'Bo': 1, 'Cy': 2}
    """
    return {name: 1 + sum(other > n for other in counts.values()) for name, n in counts.items()}
