"""What keeps a number of the board from being ranked, and what a reader is to beware of.

Two numbers are compared only when their ids agree to the letter; the first part of the id is the
metric's family (`storybench.page.families`). Fréchet and kernel distances on other features than
the published Inception's have families of their own (`fd`, `kd`), so that nobody takes them for an
FID.
"""

from __future__ import annotations

from storybench.board.submissions.record import is_twin
from storybench.flags import UNRANKED
from storybench.page.families import family_key

SAID_ELSEWHERE = frozenset({"not_comparable"})
"""Flags that a table's caution says already."""

OTHER_FEATURES = (
    "Not comparable with published FIDs: the features are not those of the published Inception "
    "network."
)
TOY_WORLD = "Not comparable with published FIDs: the pictures are of the toy world."

_OWN_FEATURES = ("fd", "fd_inf", "kd")


def unranking(flags: tuple[str, ...]) -> tuple[str, ...]:
    """Those of a score's flags for which it is shown but not ranked.

    >>> unranking(("below_floor", "lossy_pictures"))
    ('below_floor',)
    """
    return tuple(flag for flag in flags if flag in UNRANKED)


def remarks(flags: tuple[str, ...]) -> tuple[str, ...]:
    """Flags that are printed beside a row, as words; the others have a footnote or a caution.

    >>> remarks(("below_floor", "not_comparable", "lossy_pictures"))
    ('lossy pictures',)
    """
    explained = {*SAID_ELSEWHERE, *UNRANKED}
    return tuple(flag.replace("_", " ") for flag in flags if flag not in explained)


def caution(metric: str, dataset: str) -> str:
    """Why the numbers of a table may not be set beside published ones; empty if they may.

    >>> caution("fid.clean299.targets.v1", "didemosv")
    ''
    """
    if family_key(metric) in _OWN_FEATURES:
        return OTHER_FEATURES
    return TOY_WORLD if is_twin(dataset) else ""
