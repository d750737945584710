"""What the numbers of an audit mean: one sentence each on what was found and what to do.

A *problem* spoils what would be measured on the build; a *note* is worth knowing before a number is
believed; *good* says that something was looked for and is not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from storybench.audit.captions import LONG, Captions, SharedCaptions
from storybench.audit.known import known_leak
from storybench.audit.labels import Labels, Oracle
from storybench.audit.near import Near, NearSplits
from storybench.audit.percent import Share, share
from storybench.audit.record import Audit
from storybench.audit.sharing import Shared, SharedClusters
from storybench.audit.sides import both_sides
from storybench.audit.windows import Windows
from storybench.types import Finding, Level

SERIOUS = 0.01
"""The share of a split's pictures that look like another split's which is more than coincidence."""

SHIFT = 0.05
"""Characters whose frequencies differ by this much between splits; the split of PororoSV was
accepted below it (adymaharana/StoryViz@6e1126d:eval_scripts/create_splits.py:147)."""

SHOWN = 3
"""Differences that a sentence lists."""

FEW = 10
"""Fewer independent clusters than this make an interval that says little."""

SAME_ORDER = 0.9
"""A rank correlation below this is not the same order of characters."""

FROM_CAPTIONS = "captions"
LEAK = (
    "A model can remember what it should draw. Move whole episodes to one split, or drop the "
    "stories of the smaller one."
)


def findings(audit: Audit) -> tuple[Finding, ...]:
    """Everything worth a sentence, in the order of the sections; within each the worst first."""
    groups = (
        _sharing(audit.dataset, audit.shared),
        _episodes(audit.dataset, audit.shared_clusters),
        _near(audit.dataset, audit.near),
        _windows(audit.windows),
        _labels(audit.labels),
        _captions(audit.captions, audit.shared_captions),
    )
    return tuple(one for group in groups for one in group)


def _sharing(dataset: str, shared: Sequence[Shared]) -> Iterator[Finding]:
    leaks = [(one, back) for one, back in both_sides(shared) if one.n_slots]
    for one, back in leaks:
        why = known_leak(dataset, one.split, one.other)
        is_serious = one.n_clips or max(_of_slots(one), _of_slots(back)) >= SERIOUS
        small, large = sorted((one, back), key=_of_slots, reverse=True)
        yield Finding(
            "problem" if is_serious and why is None else "note",
            f"frames in {one.split} and {one.other}",
            f"{one.n_clips:,} clips and {one.n_pictures:,} pictures stand in both: "
            f"{_of_slots(small)} of {small.split}'s frames, in "
            f"{share(small.n_stories, small.of_stories)} of its stories ({_of_slots(large)} of "
            f"{large.split}'s)",
            "none",
            why or LEAK,
        )
    if not leaks:
        yield Finding("good", "frames in two splits", "none, by clip or by pixels", "none")


def _episodes(dataset: str, shared: Sequence[SharedClusters]) -> Iterator[Finding]:
    leaks = [(one, back) for one, back in both_sides(shared) if one.n_clusters]
    for one, back in leaks:
        why = known_leak(dataset, one.split, one.other)
        yield Finding(
            "note" if why else "problem",
            f"episodes in {one.split} and {one.other}",
            f"{one.n_clusters:,}{_such_as(one.examples)}: {one.n_stories:,} of {one.split}'s "
            f"stories and {back.n_stories:,} of {one.other}'s",
            "none",
            why
            or "Scenes, light and cast of an episode are known from the other split. Split by "
            "episode.",
        )
    if not leaks:
        yield Finding("good", "episodes in two splits", "none", "none")


def _near(dataset: str, near: Near) -> Iterator[Finding]:
    leaks = [
        (one, back) for one, back in both_sides(near.across) if one.n_pictures or back.n_pictures
    ]
    for one, back in leaks:
        small, large = sorted((one, back), key=_of_pictures, reverse=True)
        why = known_leak(dataset, one.split, one.other)
        yield Finding(
            "problem" if _of_pictures(small) >= SERIOUS and why is None else "note",
            f"near-duplicates in {one.split} and {one.other}",
            f"{small.n_pictures:,} of {small.of_pictures:,} pictures of {small.split}, in "
            f"{small.n_stories:,} of its {small.of_stories:,} stories, look like one of "
            f"{large.split}'s",
            "none",
            why
            or "Look at the pairs: recurring shots of a series (titles, places) are no fault, "
            "copies of an episode are one.",
        )
    if not leaks:
        yield Finding("good", "near-duplicates across splits", "none", "none")
    for one in near.inside:
        if one.n_elsewhere:
            yield Finding(
                "note",
                f"near-duplicates inside {one.split}",
                f"{one.n_elsewhere:,} of {one.of_pictures:,} pictures look like one of another "
                "episode",
                None,
                "Episodes that share shots are not independent: an interval over episodes is too "
                "narrow.",
            )
    if not near.is_complete:
        yield Finding(
            "note",
            "near-duplicates",
            "more candidates than were looked at: the counts are lower bounds",
            None,
            "Ask for a smaller --threshold.",
        )


def _windows(windows: Sequence[Windows]) -> Iterator[Finding]:
    for one in windows:
        if one.n_overlapping:
            yield Finding(
                "note",
                f"overlapping stories in {one.split}",
                f"{one.n_overlapping:,} of {one.n_stories:,} stories share frames with others; "
                f"{one.n_slots:,} frames are shown, {one.n_frames:,} distinct",
                None,
                f"Count episodes, not stories: this split is worth about {_worth(one)}. Intervals "
                "must be clustered, as those of storybench are.",
            )
        if one.n_stories and one.n_effective < FEW and one.split != "train":
            yield Finding(
                "note",
                f"few episodes in {one.split}",
                f"an effective number of {one.n_effective:.1f} clusters",
                f"at least {FEW}",
                "Intervals will be wide, and say little about other episodes.",
            )
    if not any(one.n_overlapping for one in windows):
        yield Finding("good", "overlapping stories", "none: every frame stands in one story", None)


def _worth(one: Windows) -> str:
    """How many independent clusters the episodes of a split count for, in words.

    Two episodes of equal size are two clusters; of unequal size, fewer.
    """
    n = round(one.n_effective)
    clusters = f"{n:,} independent cluster{'' if n == 1 else 's'}"
    if one.n_clusters == 1:
        return f"{clusters} (1 episode)"
    return f"{clusters} ({one.n_clusters:,} episodes of unequal size)"


def _labels(labels: Labels | None) -> Iterator[Finding]:
    if labels is None or not labels.n_frames:
        yield Finding(
            "note",
            "character labels",
            "none",
            None,
            "Character scores need labels; they can be taken from captions.",
        )
        return
    yield from _columns(labels)
    yield from _frequencies(labels)
    if labels.n_unlabelled:
        yield Finding(
            "note",
            "frames without labels",
            f"{labels.n_unlabelled:,} of {labels.n_unlabelled + labels.n_frames:,}",
            "none",
            "Character scores leave them out.",
        )
    if labels.oracle is not None:
        yield from _oracle(labels.oracle)


def _columns(labels: Labels) -> Iterator[Finding]:
    if set(labels.sources) == {FROM_CAPTIONS}:
        yield Finding(
            "note",
            "label source",
            "labels are the names in the captions",
            None,
            "They agree with captions because they are made of them; say so beside every character "
            "score.",
        )
        return
    exact = share(labels.n_exact, labels.n_frames)
    text = f"captions name exactly the labelled characters in {exact} of {labels.n_frames:,} frames"
    swapped = [one for one in labels.characters if one.closest != one.name]
    unsaid = [one.name for one in labels.characters if not one.n_named]
    if swapped:
        pairs = ", ".join(f"{one.name}'s fits {one.closest}" for one in swapped)
        yield Finding(
            "problem",
            "order of the labels",
            f"{pairs}; {text}",
            "each column fits its own name best",
            "The names of the characters may stand in another order than the columns of the "
            "labels: compare the two before any character score.",
        )
    elif len(unsaid) < len(labels.characters):
        fits = (
            "each column whose name is said fits it" if unsaid else "each column fits its own name"
        )
        yield Finding("good", "order of the labels", f"{fits}; {text}", None)
    if unsaid:
        yield Finding(
            "note",
            "characters that no caption names",
            ", ".join(unsaid),
            "none",
            "Captions cannot tell whether their labels are right: look at a few frames.",
        )


def _frequencies(labels: Labels) -> Iterator[Finding]:
    for split, n_frames in labels.frames_per_split.items():
        absent = [one.name for one in labels.characters if n_frames and not one.per_split[split]]
        if absent:
            yield Finding(
                "note",
                f"characters missing in {split}",
                ", ".join(absent),
                "none",
                "A score averaged over characters cannot be computed for them there.",
            )
    shifts = sorted(_shifts(labels), key=lambda of: -of[0])
    if shifts:
        more = f"; and {len(shifts) - SHOWN} more" if len(shifts) > SHOWN else ""
        yield Finding(
            "note",
            "characters by split",
            "; ".join(text for _, text in shifts[:SHOWN]) + more,
            f"within {Share(SHIFT)} of train",
            "Scores of a character that is rarer in one split do not carry over to the other.",
        )


def _shifts(labels: Labels) -> Iterator[tuple[float, str]]:
    """How far a character's share of a split's frames is from that of train, where it is far."""
    n_frames = labels.frames_per_split
    if not n_frames.get("train"):
        return
    for one in labels.characters:
        in_train = share(one.per_split["train"], n_frames["train"])
        for split, n in n_frames.items():
            here = share(one.per_split[split], n)
            if n and abs(here - in_train) > SHIFT:
                yield (
                    abs(here - in_train),
                    f"{one.name} in {here} of {split}, {in_train} of train",
                )


def _oracle(oracle: Oracle) -> Iterator[Finding]:
    name = f"mentions against {oracle.source}"
    if oracle.is_equal:
        yield Finding("good", name, "every count is the published one", None)
    elif oracle.n_clips == oracle.n_clips_published:
        others = [
            f"{who} {n:,} for {oracle.counts_published[who]:,}"
            for who, n in oracle.counts.items()
            if n != oracle.counts_published[who]
        ]
        found = ", ".join(others) or f"{oracle.n_without:,} clips without a name"
        yield Finding("note", name, found, "the published counts", "The captions are not the same.")
    else:
        yield Finding(
            "note",
            name,
            f"{oracle.n_clips:,} clips here, counts cannot be equal",
            f"{oracle.n_clips_published:,} clips",
        )
    rank = oracle.label_rank_correlation
    if rank is not None and oracle.n_clips == oracle.n_clips_published:
        is_same = rank >= SAME_ORDER
        yield Finding(
            "good" if is_same else "problem",
            f"order of the labels against {oracle.source}",
            f"rank correlation {rank:.2f}",
            f"at least {SAME_ORDER}",
            "" if is_same else "Labels put the characters in another order: check their columns.",
        )


def _captions(captions: Sequence[Captions], shared: Sequence[SharedCaptions]) -> Iterator[Finding]:
    faults = {
        kind: sum(one.faults[kind] for one in captions)
        for kind in (captions[0].faults if captions else ())
    }
    for kind, n in faults.items():
        if n:
            level, advice = _FAULTS[kind]
            yield Finding(level, f"captions: {kind}", f"{n:,}", "none", advice)
    if not any(faults.values()):
        yield Finding("good", "form of the captions", "nothing left over from the raw files", None)
    for one, back in both_sides(shared):
        if one.n_shared:
            small, large = sorted((one, back), key=_of_distinct, reverse=True)
            yield Finding(
                "note",
                f"captions in {one.split} and {one.other}",
                f"{one.n_shared:,} word for word{_such_as(one.examples)}: {_of_distinct(small)} "
                f"of {small.split}'s, {_of_distinct(large)} of {large.split}'s",
                None,
                "Short sentences come twice by chance; long ones hint at shared clips.",
            )


def _such_as(examples: Sequence[str]) -> str:
    return f", such as “{examples[0].strip()}”" if examples else ""


def _of_slots(one: Shared) -> Share:
    return share(one.n_slots, one.of_slots)


def _of_pictures(one: NearSplits) -> Share:
    return share(one.n_pictures, one.of_pictures)


def _of_distinct(one: SharedCaptions) -> Share:
    return share(one.n_shared, one.of_distinct)


_FAULTS: dict[str, tuple[Level, str]] = {
    "empty": ("problem", "A story with nothing to draw cannot be scored: drop it."),
    "newline": ("note", "Replace by a space before the text encoder sees it."),
    "space at an edge": ("note", "Strip it: some tokenizers make a token of it."),
    "tab or double space": ("note", "Collapse white space before the text encoder sees it."),
    f"over {LONG} words": ("note", "Text encoders of 64 or 77 tokens may cut the end."),
    "not ASCII": ("note", "Harmless, if the tokenizer knows the characters."),
}
