"""How many stories and frames a protocol scores of the splits that papers score."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from storybench.protocols.protocol import TWIN_SUFFIX, Protocol
from storybench.types import Report, Score

STORIES: Mapping[tuple[str, str], int] = MappingProxyType(
    {("pororosv", "test"): 2_208, ("flintstonessv", "test"): 2_309}
)
"""Stories of the official splits that papers score (data, sections 1.6 and 2.5)."""

TARGETS: Mapping[str, int] = MappingProxyType({"pororosv": 4, "flintstonessv": 4, "didemosv": 2})


def stories_chosen(rules: Protocol, dataset: str, split: str) -> int | None:
    """How many stories of the official split a protocol chooses; None where that is not known.

    Its loader may leave some of them out: see `frames_scored`.

    >>> from storybench.protocols import catalogue
    >>> stories_chosen(catalogue.get("storydalle-2022"), "flintstonessv", "test")
    1900
    """
    whole = STORIES.get((dataset, split))
    cut = rules.cut(dataset, split)
    if rules.blocks or (whole is None and cut is None):
        return None
    if cut is None:
        return whole
    return cut.first if whole is None else min(cut.first, whole)


def frames_scored(rules: Protocol, dataset: str, split: str) -> int | None:
    """How many frames of the official split a protocol scores, less what its loader drops.

    None where that is not known.

    >>> from storybench.protocols import catalogue
    >>> 5 * 2_208, frames_scored(catalogue.get("cmota-2023"), "pororosv", "test")
    (11040, 11008)
    """
    stories = stories_chosen(rules, dataset, split)
    if stories is None:
        return None
    frames = stories * frames_a_story(rules, dataset)
    if rules.batch is None:
        return frames
    batch = rules.batch.size
    if rules.batch.of == "stories":
        batch *= frames_a_story(rules, dataset)
    return frames // batch * batch or frames


def frames_a_story(rules: Protocol, dataset: str) -> int:
    """How many frames of a story a protocol scores."""
    return len(rules.numbers(TARGETS.get(dataset.removesuffix(TWIN_SUFFIX), 4)))


def official(report: Report) -> int | None:
    """How many stories the official split has that a report stands for; None where not known."""
    return STORIES.get((report.dataset.removesuffix(TWIN_SUFFIX), report.split))


def split_of(report: Report, score: Score) -> int | None:
    """How many stories the report's own split has, scored or not; None where it does not say."""
    found = score.settings.get("split", {}).get("n_stories")
    return found if isinstance(found, int) else None


def is_official(report: Report, score: Score, rules: Protocol) -> bool:
    """Whether a report's split has the official size, as far as the report and `rules` tell."""
    theirs, mine = official(report), split_of(report, score)
    if theirs is not None and mine is not None:
        return theirs == mine
    dataset = report.dataset.removesuffix(TWIN_SUFFIX)
    frames = frames_scored(rules, dataset, report.split)
    return frames is None or -(-frames // frames_a_story(rules, dataset)) == report.n_stories
