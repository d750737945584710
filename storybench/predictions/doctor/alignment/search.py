"""Where a run broke: from some story on everything is shifted, or the stories begin again.

One story left out in the middle shifts all that follow; a second run appended to a first that had
stopped begins again at story 0 (Make-A-Story counts from the files that are there). Where it broke
is not known, so every place is looked at, by likeness alone; the best of each kind are hypotheses
like the others.
"""

from __future__ import annotations

import numpy as np

from storybench.predictions.doctor.alignment.hypotheses import Hypothesis, claim
from storybench.predictions.doctor.alignment.likeness import Array, Codes

TAIL = 0.04
LEAST_TAIL = 6
MOST_LIKE = 4_000
SHIFTS = (-2, -1, 1, 2)


def likeness(codes: Codes) -> Array:
    """Of each set of pictures with each real story, (n, m): targets and source alike."""
    drawn = codes.drawn / np.sqrt(codes.drawn.shape[-1])
    whole = codes.real[:, 1:] + codes.real[:, :1]
    n, m = len(drawn), len(whole)
    return drawn.reshape(n, -1) @ whole.reshape(m, -1).T / codes.drawn.shape[1]


def breaks(codes: Codes, n: int, t: int) -> list[Hypothesis]:
    """The best break of each kind: tails shifted by one or two stories, a second beginning.

    None where there are too few stories, or too many to compare all with all.
    """
    tail = max(LEAST_TAIL, int(TAIL * n))
    if n < 2 * tail or n > MOST_LIKE:
        return []
    like = likeness(codes)
    own = np.diagonal(like)
    found = [_shifted_tail(like, own, by, tail, t) for by in SHIFTS]
    again = [
        float((np.diagonal(like, -start) - own[start:]).sum())
        for start in range(tail, n - tail + 1)
    ]
    start = tail + int(np.argmax(again))
    story = np.where(np.arange(n) < start, np.arange(n), np.arange(n) - start)
    return [*found, _tail(f"a second run from story {start} on", "A13", "", story, t)]


def _shifted_tail(like: Array, own: Array, by: int, tail: int, t: int) -> Hypothesis:
    n = len(own)
    index = np.arange(n)
    other = np.clip(index + by, 0, n - 1)
    better = like[index, other] - own
    after = np.cumsum(better[::-1])[::-1]
    start = tail + int(np.argmax(after[tail : n - tail + 1]))
    story = np.where(index < start, index, index + by)
    count = "1 story" if abs(by) == 1 else f"{abs(by)} stories"
    what = "left out" if by > 0 else "twice"
    return _tail(f"{count} {what} before place {start}", "A06", "", story, t)


def _tail(name: str, rule: str, answer: str, story: np.ndarray, t: int) -> Hypothesis:
    straight = claim(len(story), t)
    whole = np.ascontiguousarray(np.broadcast_to(story[:, None], straight.k.shape), np.intp)
    return Hypothesis(name, rule, answer, whole, straight.k)
