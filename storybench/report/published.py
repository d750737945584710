"""Published numbers, one a row, and under which protocol each was measured, as far as is known.

What is known is one of three things: the code of that paper, which a protocol of
`storybench.protocols` follows; remarks that stand beside the number where it was read; or nothing.
A protocol read from code is what the code does, not proof that the printed number came out of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol as Shape

from storybench.page.families import family_key
from storybench.protocols import catalogue
from storybench.protocols.protocol import TWIN_SUFFIX, Protocol
from storybench.types import Report, Score

FAMILIES = {
    "FID": ("fid", "fd"),
    "Char-F1": ("charf1",),
    "Frame-Acc": ("frame_acc",),
    "CLIP-T": ("clip_t",),
    "CLIP-I": ("clip_i",),
    "FSD": ("fsd",),
}
"""Which metrics of a report are of the kind of a published one, the closest first."""

IN_PERCENT = ("Char-F1", "Frame-Acc")
TASKS = {"story-continuation": "continuation", "story-visualization": "visualization"}


class Gathered(Shape):
    """Numbers of one system from one place, as `storybench.board.reported` reads them."""

    @property
    def dataset(self) -> str: ...  # noqa: D102
    @property
    def split(self) -> str: ...  # noqa: D102
    @property
    def task(self) -> str: ...  # noqa: D102
    @property
    def model(self) -> str: ...  # noqa: D102
    @property
    def values(self) -> tuple[tuple[str, str], ...]: ...  # noqa: D102
    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def notes(self) -> str: ...  # noqa: D102


@dataclass(frozen=True)
class PublishedRow:
    """One published number; `number` counts from 1 over the whole table."""

    number: int
    model: str
    dataset: str
    split: str
    task: str
    metric: str
    value: float
    source: str
    notes: str


@dataclass(frozen=True)
class Practice:
    """How a published number was measured: a protocol read from code, or None; and remarks."""

    rules: Protocol | None
    remarks: tuple[str, ...] = ()


def rows_of(gathered: Iterable[Gathered]) -> tuple[PublishedRow, ...]:
    """The numbers one by one, in the order they were gathered in."""
    flat = [(of, metric, value) for of in gathered for metric, value in of.values]
    return tuple(
        PublishedRow(
            number=number,
            model=of.model,
            dataset=of.dataset,
            split=of.split,
            task=TASKS.get(of.task, of.task),
            metric=metric,
            value=float(value),
            source=of.source,
            notes=of.notes,
        )
        for number, (of, metric, value) in enumerate(flat, start=1)
    )


def matching(rows: Iterable[PublishedRow], report: Report) -> tuple[PublishedRow, ...]:
    """The rows of the report's dataset and split whose kind of metric the report has.

    The toy world stands for the dataset whose release it writes.
    """
    dataset = report.dataset.removesuffix(TWIN_SUFFIX)
    return tuple(
        row
        for row in rows
        if row.dataset.casefold() == dataset.casefold()
        and row.split == report.split
        and score_for(report, row.metric) is not None
    )


def score_for(report: Report, metric: str) -> Score | None:
    """The score of a report that is of the kind of a published metric; None where there is none."""
    for wanted in FAMILIES.get(metric, ()):
        for score in report.scores:
            if family_key(score.metric) == wanted:
                return score
    return None


def nearest(rows: Sequence[PublishedRow], report: Report, *, task: str) -> PublishedRow | None:
    """The row to explain when none was named: of the same system, then task, then protocol."""
    name = _letters(str(report.model.get("name", "")))

    def likeness(row: PublishedRow) -> tuple[bool, bool, bool, bool, int]:
        rules = practice(row).rules
        is_same_system = bool(name) and _letters(row.model).startswith(name)
        is_same_rules = rules is not None and rules.name == report.protocol
        return is_same_system, row.task == task, is_same_rules, rules is not None, -row.number

    return max(rows, key=likeness, default=None)


def practice(row: PublishedRow) -> Practice:
    """How a row was measured, as far as its source, its remarks and its system's code tell."""
    remarks = (*_second_hand(row), *_remarks(row))
    name = _code_of(row)
    return Practice(catalogue.get(name) if name else None, remarks)


def _code_of(row: PublishedRow) -> str | None:
    """The protocol that follows the code behind a row; None where that code is not known."""
    notes, model = row.notes, row.model
    if "StoryGPT-V protocol" in notes or "StoryGPT-V re-evaluation" in notes:
        return "storygptv-2024"
    if "corrected value" in notes:
        return "vlc-2021"
    if "REPRODUCTION" in notes or "random split" in notes:
        return None
    if notes.startswith(("own result", "SV model", "classifier guidance")):
        return None
    if model.startswith("AR-LDM") and row.task == "visualization":
        return "arldm-2022-visualization"
    known = (
        ("StoryDALL-E (fine-tune", "storydalle-2022"),
        ("mega-StoryDALL-E", "storydalle-2022"),
        ("AR-LDM", "arldm-2022"),
        ("CMOTA", "cmota-2023"),
        ("DuCo-StoryGAN", "duco-2021"),
        ("VLC-StoryGAN", "vlc-2021"),
        ("StoryGAN", "duco-2021"),
    )
    return next((protocol for start, protocol in known if model.startswith(start)), None)


def _second_hand(row: PublishedRow) -> tuple[str, ...]:
    if "quoted by MaskGST" in row.notes:
        return (
            "The number is second hand: it was read in the MaskGST paper, which quotes the "
            "original one.",
        )
    if "leaderboard copy" in row.notes:
        return ("The number is second hand: it was read on a leaderboard, not in the paper.",)
    if "REPRODUCTION" in row.notes:
        return (
            "The number is of somebody else's training, not of the paper, and which code scored it "
            "is not said.",
        )
    return ()


def _remarks(row: PublishedRow) -> tuple[str, ...]:
    found = []
    erratum = row.metric == "FID" and row.model in ("StoryGAN", "DuCo-StoryGAN", "VLC-StoryGAN")
    if "corrected value" in row.notes or erratum:
        found.append(
            "It is the value after the erratum of 2022: before adymaharana/VLCStoryGan@7411240 the "
            "reference set silently held generated pictures. Lower numbers of this system in older "
            "papers are void."
        )
    if "random split" in row.notes:
        found.append(
            "It is of StoryGAN's original random split: other test stories, so not comparable."
        )
    if "first generated frame discarded" in row.notes:
        found.append(
            "A visualization model drew five frames without seeing a source, and the first was "
            "dropped; it is no continuation system."
        )
    if "tuned on the test metric" in row.notes:
        found.append("The strength of the classifier's guidance was tuned on the test metric.")
    if "cv2 bicubic" in row.notes:
        found.append(
            "Its author names tencent-ailab/PCDMs metrics.py as the code: OpenCV's bicubic resize "
            "to a fixed size."
        )
    if "no FID code" in row.notes:
        found.append("Its repository has no FID code.")
    if "author log file" in row.notes:
        found.append("It is of the author's log file and differs from the 52.13 of the paper.")
    if "64px model" in row.notes:
        found.append("The model draws 64 pixels.")
    if "pronoun" in row.notes:
        found.append("Captions were rewritten with pronouns.")
    return tuple(found)


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())
