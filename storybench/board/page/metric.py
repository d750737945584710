"""What a metric id says to a reader: its name, its scale, whether it is ranked, what to beware of.

Two numbers are compared only when their ids agree to the letter; the first part of the id is the
metric's family. Fréchet and kernel distances on other features than the published Inception's have
families of their own (`fd`, `kd`), so that nobody takes them for an FID.
"""

from __future__ import annotations

from dataclasses import dataclass

from storybench.board.submissions.record import is_twin

UNRANKED_FLAGS = ("rank_deficient", "below_floor")
"""Flags of a Fréchet distance that is shown and not ranked."""

SAID_ELSEWHERE = frozenset({"not_comparable"})
"""Flags that a table's caution says already."""

OTHER_FEATURES = (
    "Not comparable with published FIDs: the features are not those of the published Inception "
    "network."
)
TOY_WORLD = "Not comparable with published FIDs: the pictures are of the toy world."


@dataclass(frozen=True)
class Family:
    """How the numbers of one family are shown: `scale` multiplies them."""

    label: str
    scale: float = 1.0
    is_ranked: bool = True


FAMILIES = {
    "fid": Family("FID"),
    "fid_inf": Family("FID∞", is_ranked=False),
    "kid": Family("KID × 1000", scale=1000),
    "fd": Family("Fréchet distance"),
    "fd_inf": Family("Fréchet distance∞", is_ranked=False),
    "kd": Family("Kernel distance × 1000", scale=1000),
    "charf1": Family("Character F1, %", scale=100),
    "char_f1_micro": Family("Character F1 (micro), %", scale=100),
    "char_f1_macro": Family("Character F1 (macro), %", scale=100),
    "char_f1_weighted": Family("Character F1 (weighted), %", scale=100),
    "char_acc": Family("Character accuracy, %", scale=100),
    "frame_acc": Family("Frame accuracy, %", scale=100),
    "story_acc": Family("Story accuracy, %", scale=100),
    "clip_t": Family("CLIP-T"),
    "clip_i": Family("CLIP-I"),
}
_FRECHET = ("fid", "fd")
_OWN_FEATURES = ("fd", "fd_inf", "kd")


def family(metric: str) -> Family:
    """The family of a metric id; an unknown one is shown under its own name, as it is.

    >>> family("kid.clean299.targets.v1").label, family("lpips.alex.v1").label
    ('KID × 1000', 'lpips')
    """
    key = _key(metric)
    return FAMILIES.get(key, Family(key))


def order(metric: str) -> tuple[int, str]:
    """Sort key: the families in the order of the table above, unknown ones last.

    >>> sorted(["kid.a", "zz.a", "fid.a"], key=order)
    ['fid.a', 'kid.a', 'zz.a']
    """
    keys = tuple(FAMILIES)
    key = _key(metric)
    return (keys.index(key) if key in FAMILIES else len(keys), metric)


def unranking(metric: str, flags: tuple[str, ...]) -> tuple[str, ...]:
    """Those of a score's flags for which it is shown but not ranked.

    >>> unranking("fid.clean299.targets.v1", ("below_floor", "jpeg"))
    ('below_floor',)
    >>> unranking("kid.clean299.targets.v1", ("below_floor",))
    ()
    """
    if _key(metric) not in _FRECHET:
        return ()
    return tuple(flag for flag in flags if flag in UNRANKED_FLAGS)


def remarks(flags: tuple[str, ...]) -> tuple[str, ...]:
    """Flags that are printed beside a row, as words; the others have a footnote or a caution.

    >>> remarks(("below_floor", "not_comparable", "lossy_pictures"))
    ('lossy pictures',)
    """
    explained = {*SAID_ELSEWHERE, *UNRANKED_FLAGS}
    return tuple(flag.replace("_", " ") for flag in flags if flag not in explained)


def caution(metric: str, dataset: str) -> str:
    """Why the numbers of a table may not be set beside published ones; empty if they may.

    >>> caution("fid.clean299.targets.v1", "didemosv")
    ''
    """
    if _key(metric) in _OWN_FEATURES:
        return OTHER_FEATURES
    return TOY_WORLD if is_twin(dataset) else ""


def _key(metric: str) -> str:
    return metric.partition(".")[0]
