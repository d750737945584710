"""What an export is made of: the stories that may be handed on, in the order asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from storybench.errors import InputError
from storybench.export.licences import allows_no_derivatives
from storybench.loader.samples import Sample, Samples
from storybench.shards.format import FrameDocument, split_rank
from storybench.shards.overview import licence_of
from storybench.shards.reader import Stories
from storybench.types import StorySpec

NoDerivatives = Literal["refuse", "skip", "include"]
"""What to do with stories that hold a frame whose licence allows no derivatives."""


@dataclass(frozen=True)
class Material:
    """Stories to hand on; `n_skipped` were left out for their licence.

    `split_of` and `licences_of` run over the samples: the split of each, and what each of its
    frames stands under.
    """

    stories: Stories
    samples: Samples
    split_of: NDArray[np.object_]
    licences_of: Sequence[Sequence[str | None]]
    n_skipped: int

    @property
    def spec(self) -> StorySpec:
        """What the dataset promises."""
        return self.stories.spec

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits that there are stories of, train first."""
        return tuple(sorted(set(self.split_of), key=split_rank))

    @property
    def n_stories(self) -> dict[str, int]:
        """How many there are of each split."""
        return {split: int((self.split_of == split).sum()) for split in self.splits}

    def of(self, split: str) -> Iterator[Sample]:
        """The stories of a split, undecoded, in order."""
        return (self.samples[int(row)] for row in np.flatnonzero(self.split_of == split))

    def licence(self, frame: FrameDocument) -> str | None:
        """What a frame stands under, None where nobody says."""
        return licence_of(frame.licence, self.spec.licence)

    def licences(self) -> Iterator[str | None]:
        """The licence of every frame."""
        for of in self.licences_of:
            yield from of


def gather(
    stories: Stories, *, order: str | None = None, no_derivatives: NoDerivatives = "refuse"
) -> Material:
    """Choose and sort the stories.

    Args:
        stories: those that were asked for.
        order: another order of the release, as in `Story.orders`; the official one if None.
        no_derivatives: refuse to hand on such frames, leave their stories out, or take them.

    Raises:
        InputError: there are such frames and they are refused, no story is left, or there is no
            such order.
    """
    table = stories.table()
    terms = stories.spec.licence
    licences = [[licence_of(one, terms) for one in of] for of in table["licences"]]
    barred = np.array([any(map(allows_no_derivatives, of)) for of in licences], bool)
    if no_derivatives == "refuse" and barred.any():
        _refuse(stories, licences)
    kept = np.arange(len(table)) if no_derivatives == "include" else np.flatnonzero(~barred)
    if not len(kept):
        raise InputError(
            f"Expected stories to export, found none of {len(table):,} left in {stories!r}"
            + (" whose frames all allow derivatives." if len(table) else ".")
        )
    if order is not None:
        kept = kept[np.argsort(_places(table.iloc[kept], order, stories), kind="stable")]
    return Material(
        stories=stories,
        samples=Samples(stories, kept),
        split_of=table["split"].to_numpy(object)[kept],
        licences_of=[licences[row] for row in kept],
        n_skipped=len(table) - len(kept),
    )


def _refuse(stories: Stories, licences: Sequence[Sequence[str | None]]) -> None:
    flat = [licence for of in licences for licence in of]
    n_frames = sum(map(allows_no_derivatives, flat))
    n_stories = sum(any(map(allows_no_derivatives, of)) for of in licences)
    names = sorted({licence for licence in flat if licence and allows_no_derivatives(licence)})
    raise InputError(
        f"Expected frames that may be handed on as part of something new, found {n_frames:,} of "
        f"{len(flat):,} frames, in {n_stories:,} of {len(stories):,} stories, under a licence that "
        f"allows no derivatives ({', '.join(names)}). Leave those stories out with "
        "--skip-no-derivatives, or, if you have the right to, take them with "
        "--include-no-derivatives."
    )


def _places(table: pd.DataFrame, order: str, stories: Stories) -> NDArray[Any]:
    """The place of each story in an order; splits stay apart, since they are written apart."""
    orders = [dict(pairs) for pairs in table["orders"]]
    known = sorted({name for of in orders for name in of})
    if any(order not in of for of in orders):
        raise InputError(
            f"Expected an order that every story of {stories!r} has, which are "
            f"{', '.join(known) or 'none but the official one'}, found {order!r}."
        )
    return np.array([of[order] for of in orders])
