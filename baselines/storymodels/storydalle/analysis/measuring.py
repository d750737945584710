"""Stories as a model reads them: with their own source, with another's, and with none.

Numbers are one a story, so that whoever takes their mean can say how far to trust it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from storybench.shards.reader import Stories
from storybench.types import Progress
from storymodels.storydalle.analysis.looking import Looks, look
from storymodels.storydalle.analysis.swapping import Read, drawn, partners, read, with_source
from storymodels.storydalle.inputs.reading import Batch, Reading
from storymodels.storydalle.model import Given, StoryDalle
from storymodels.storydalle.tokenizer import Tokenizer
from storymodels.training.machine import moved_to

SWAPS = ("other", "none")
"""Sources in place of a story's own: that of another story, and zeros."""

DRAWN = 4
"""Stories that are drawn, at most."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Subject:
    """A model that is looked into, ready on its device, and the stories that it reads.

    `batch` stories are read at a time, but one where the model would mix them; `seed` decides whose
    source is shown to whom.
    """

    model: StoryDalle
    stories: Stories
    reading: Reading
    tokenizer: Tokenizer
    batch: int
    seed: int = 0

    @property
    def at_once(self) -> int:
        """Stories read at a time."""
        return 1 if self.model.switches.retro_layout == "mixed" else self.batch

    @cached_property
    def partners(self) -> list[int]:
        """For each story that whose source it is shown."""
        return partners(self.stories.ids, self.stories.clusters, seed=self.seed)

    def read(self, rows: Sequence[int]) -> tuple[Given, Tensor]:
        """What the model is given of some stories, and their codes (b, t, codes)."""
        like = self.model.transformer.norm.weight
        batch: Batch = moved_to(self.reading.batch(rows), like.device)
        given = batch.given
        return Given(given.text, given.sentences.to(like.dtype), given.source_codes), batch.codes

    def swapped(self, rows: Sequence[int], given: Given) -> dict[str, Given]:
        """The same stories with each of `SWAPS`."""
        theirs = self.reading.batch([self.partners[row] for row in rows]).given.source_codes
        shown = {
            "other": theirs.to(given.text.device),
            "none": torch.zeros_like(given.source_codes),
        }
        return {name: with_source(given, codes) for name, codes in shown.items()}

    def groups(self, n: int) -> Iterator[range]:
        """The first n stories, so many at once."""
        for start in range(0, n, self.at_once):
            yield range(start, min(start + self.at_once, n))


@dataclass(frozen=True, eq=False)
class Drawings:
    """Of n stories the share of drawn codes that are others with the source of another story.

    Of all codes, of first codes, and of all where the source is swapped only once the text has been
    read.
    """

    n: int
    other: float
    first: float
    after_text: float


@dataclass(frozen=True, eq=False)
class Measured:
    """What was found, of n stories.

    Attributes:
        nats: mean nats per code, with the source "own", "other" and "none", (n,) each.
        changed: the share of likeliest codes that each of `SWAPS` changes, (n,) each.
        entropy: of looks, by kind of row, (layers, n): "picture", and "text" where it looks too;
            NaN where a story has no row.
        maps: the mean look, (layers, rows, places); NaN where no story has a row.
        n_text: rows of the text among the rows.
        drawings: what the source changes while codes are drawn.
    """

    nats: dict[str, Numbers]
    changed: dict[str, Numbers]
    entropy: dict[str, Numbers]
    maps: Numbers
    n_text: int
    drawings: Drawings


def measured(subject: Subject, *, on_progress: Progress | None = None) -> Measured:
    """Read every story three times, and draw a few."""
    n, sums = len(subject.stories), _Sums()
    for rows in subject.groups(n):
        given, codes = subject.read(rows)
        logits, looks = look(subject.model, given, codes)
        own = Read.of(logits, codes)
        swapped = subject.swapped(rows, given)
        sums.add(own, {name: read(subject.model, one, codes) for name, one in swapped.items()})
        sums.add_looks(
            looks, _kept(given.text, subject.tokenizer.pad, looks.n_text), n_stories=len(rows)
        )
        if on_progress is not None:
            on_progress(rows.stop, n, "stories")
    return sums.done(_drawings(subject))


class _Sums:
    def __init__(self) -> None:
        self.nats: dict[str, list[Tensor]] = {"own": [], **{name: [] for name in SWAPS}}
        self.changed: dict[str, list[Tensor]] = {name: [] for name in SWAPS}
        self.entropy: dict[str, list[Tensor]] = {}
        self.maps: Tensor | float = 0.0
        self.counts: Tensor | float = 0.0
        self.n_text = 0

    def add(self, own: Read, swapped: dict[str, Read]) -> None:
        self.nats["own"].append(own.nats.mean((1, 2)))
        for name, other in swapped.items():
            self.nats[name].append(other.nats.mean((1, 2)))
            is_other = (other.likeliest != own.likeliest).float()
            self.changed[name].append(is_other.mean((1, 2)))

    def add_looks(self, looks: Looks, kept: Tensor, *, n_stories: int) -> None:
        """`kept` (n, text rows) says which rows of the text are no padding."""
        n_codes = looks.weights.shape[2] - looks.n_text
        counted = torch.cat([kept, kept.new_ones(len(kept), n_codes)], 1).double()
        self.n_text = looks.n_text
        self.maps = self.maps + torch.einsum("lnrp,nr->lrp", looks.weights.double(), counted)
        self.counts = self.counts + counted.sum(0)
        parts = {"text": slice(0, looks.n_text), "picture": slice(looks.n_text, None)}
        for kind, part in parts.items():
            if counted[:, part].shape[1]:
                found = _story_means(looks.entropy[..., part], counted[:, part], n_stories)
                self.entropy.setdefault(kind, []).append(found)

    def done(self, drawings: Drawings) -> Measured:
        assert isinstance(self.maps, Tensor)
        assert isinstance(self.counts, Tensor)
        return Measured(
            nats={name: _numbers(torch.cat(of)) for name, of in self.nats.items()},
            changed={name: _numbers(torch.cat(of)) for name, of in self.changed.items()},
            entropy={name: _numbers(torch.cat(of, 1)) for name, of in self.entropy.items()},
            maps=_numbers(self.maps / self.counts[:, None]),
            n_text=self.n_text,
            drawings=drawings,
        )


def _drawings(subject: Subject) -> Drawings:
    n = min(DRAWN, len(subject.stories))
    all_codes, first, after_text = [], [], []
    for rows in subject.groups(n):
        given, _ = subject.read(rows)
        other = subject.swapped(rows, given)["other"]
        own = drawn(subject.model, given)
        is_other = own != drawn(subject.model, other)
        all_codes.append(is_other)
        first.append(is_other[..., 0])
        after_text.append(own != drawn(subject.model, given, then=other.source_codes))
    shares = (torch.cat(of).float().mean().item() for of in (all_codes, first, after_text))
    return Drawings(n, *shares)


def _kept(text: Tensor, pad: int, n_rows: int) -> Tensor:
    """Which of the first rows of captions (b, t, text) are no padding, (b * t, rows)."""
    return text.flatten(0, 1)[:, :n_rows] != pad


def _story_means(values: Tensor, counted: Tensor, n_stories: int) -> Tensor:
    """Of values (layers, n, rows) the mean of each story's rows that count, (layers, stories)."""
    total = (values.double() * counted).unflatten(1, (n_stories, -1)).sum((2, 3))
    return total / counted.unflatten(0, (n_stories, -1)).sum((1, 2))


def _numbers(values: Tensor) -> Numbers:
    return values.double().cpu().numpy()
