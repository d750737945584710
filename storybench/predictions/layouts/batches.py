"""Files that hold a loader's batches one after another: which stories each of them holds."""

from __future__ import annotations

from collections.abc import Mapping

from storybench.errors import PredictionError


def offsets(sizes: Mapping[int, int], what: str) -> dict[int, int]:
    """Place of the first story of each batch, by batch number; `sizes` are stories per batch.

    All batches are of one size but the last, which may be smaller; one that is lost leaves a gap.

    >>> offsets({0: 4, 2: 4, 10: 1}, "files")
    {0: 0, 2: 8, 10: 40}

    Raises:
        PredictionError: their sizes differ, or the only one is not the first.
    """
    order = sorted(sizes)
    *full, last = order
    size = sizes[full[0]] if full else sizes[last]
    odd = [k for k in full if sizes[k] != size] or ([last] if sizes[last] > size else [])
    if odd:
        raise PredictionError(
            f"Expected {what} of one size, the last one smaller, found {size} stories in number "
            f"{order[0]} and {sizes[odd[0]]} in number {odd[0]}. Keep one run."
        )
    if not full and last > 0:
        raise PredictionError(
            f"Expected {what} from number 0 on, found number {last} alone: how many stories came "
            "before it is not known."
        )
    return {k: k * size for k in order}
