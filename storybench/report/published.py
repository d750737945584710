"""Published numbers, one a row, and under which protocol each was measured, as far as is known.

What is known is one of three things: the code of that paper, which a protocol of
`storybench.protocols` follows; remarks that stand beside the number where it was read; or nothing.
A protocol read from code is what the code does, not proof that the printed number came out of it.
"""

from __future__ import annotations

import re
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

CHARACTERS = ("Char-F1", "Frame-Acc")
"""Kinds of which a classifier is the judge; they are printed in per cent."""

DISTANCES = ("FID", "FSD")
"""Kinds that set the pictures beside real frames as two sets."""

CLIP = ("CLIP-T", "CLIP-I")

CORRECTED = {"StoryGAN": 158.06, "DuCo-StoryGAN": 96.51, "VLC-StoryGAN": 84.96}
"""FIDs of PororoSV test after the erratum of 2022 (adymaharana/VLCStoryGan@7411240:README.MD)."""

OWN_INPUT = "ignores its own resize"
"""What the notes say of a row whose network was run on raw pictures."""

LEADERBOARDS = ("paperswithcode.com", "wizwand.com", "hyper.ai")
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

    @property
    def scale(self) -> float:
        """What a score of ours is multiplied with to be printed as this one is."""
        return 100.0 if self.metric in CHARACTERS else 1.0


@dataclass(frozen=True)
class Practice:
    """How a published number was measured: a protocol read from code, or None and why; remarks."""

    rules: Protocol | None
    remarks: tuple[str, ...] = ()
    reason: str = ""


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
    rules = catalogue.get(name) if name else None
    if rules is not None and row.metric in CHARACTERS and not rules.averaging:
        return Practice(None, remarks, "Its repository has no character metric")
    return Practice(rules, remarks, "" if rules else _reason(row))


def _code_of(row: PublishedRow) -> str | None:
    """The protocol that follows the code behind a row; None where that code is not known."""
    notes, model = row.notes, row.model
    if "StoryGPT-V protocol" in notes or "StoryGPT-V re-evaluation" in notes:
        return "storygptv-2024"
    if "corrected value" in notes:
        return "vlc-2021"
    if "REPRODUCTION" in notes or "random split" in notes or OWN_INPUT in notes:
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


def _reason(row: PublishedRow) -> str:
    """Why no code is known by which a row was measured."""
    known = (
        ("REPRODUCTION", "Which code scored it is not said"),
        ("random split", "The code that scored it was not read"),
        (OWN_INPUT, "Of its code the network alone was read"),
        ("no FID code", "Its repository has no FID code"),
    )
    found = (reason for note, reason in known if note in row.notes)
    return next(found, "No code of it could be read")


def _second_hand(row: PublishedRow) -> tuple[str, ...]:
    if "quoted by MaskGST" in row.notes:
        return (
            "The number is second hand: it was read in the MaskGST paper, which quotes the "
            "original one.",
        )
    if any(host in row.source for host in LEADERBOARDS):
        page = " The page does not state the split." if "state" in row.notes else ""
        return (f"The number is second hand: read on a leaderboard, not in the paper.{page}",)
    if "REPRODUCTION" in row.notes:
        return (_reproduction(row),)
    return ()


def _reproduction(row: PublishedRow) -> str:
    """Whose training a number is of, and what the paper has, as far as the notes say."""
    who = re.search(r"REPRODUCTION by ([^,;]+)", row.notes)
    printed = re.search(r"paper (\d[\d.]*)", row.notes)
    says = f"The number is of a training by {who[1] if who else 'somebody else'}, not of the paper"
    return f"{says}, which prints {printed[1]}." if printed else f"{says}."


def _remarks(row: PublishedRow) -> tuple[str, ...]:
    found = [text for note, text in _NOTES if note in row.notes]
    corrected = row.metric == "FID" and row.value == CORRECTED.get(row.model)
    if "corrected value" in row.notes or corrected:
        found.append(
            "It is the value after the erratum of 2022: before adymaharana/VLCStoryGan@7411240 the "
            "reference set silently held generated pictures. Lower and older numbers of this "
            "system on the same split are void."
        )
    if OWN_INPUT in row.notes:
        found.append(
            "The FID printed beside it is of StoryGAN's original random split: other test stories. "
            "That this number is of it, too, is likely, not said."
        )
    if row.metric == "Frame-Acc" and re.search(r"\b[Aa]s Char|Char-Acc", row.notes):
        found.append(
            "It is printed as the accuracy of characters, and read here as that of frames: all "
            "characters of a frame right, and no other."
        )
    if row.metric in CHARACTERS and "super-resolved" in row.notes:
        found.append("Its data was enlarged from 128 to 512 pixels by super-resolution.")
    if row.metric in CHARACTERS and row.model.startswith("MaskGST"):
        found.append("Its labels are from captions, as the paper says in its appendix E.")
    return tuple(found)


_NOTES = (
    (
        "random split",
        "It is of StoryGAN's original random split: other test stories, so not comparable.",
    ),
    (
        "first generated frame discarded",
        "A visualization model drew five frames without seeing a source, and the first was "
        "dropped; it is no continuation system.",
    ),
    (
        "tuned on the test metric",
        "The strength of the classifier's guidance was tuned on the test metric.",
    ),
    (
        "cv2 bicubic",
        "The author of the system names tencent-ailab/PCDMs metrics.py as its FID code: OpenCV's "
        "bicubic resize to a fixed size.",
    ),
    ("author log file", "It is of the author's log file and differs from the 52.13 of the paper."),
    ("64px model", "The model draws 64 pixels."),
    ("pronoun", "Captions were rewritten with pronouns."),
)
"""What a remark of the table means, by the words that it is known by."""


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())
