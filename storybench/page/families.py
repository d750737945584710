"""What a metric id says to a reader: its name, its scale, and whether it can be ranked.

The first part of an id is the metric's family ("fid" of "fid.clean299.targets.v1"). Shares are
shown in per cent and kernel distances in thousandths, as the field prints them; stored they stay
raw. A family that is not known here is shown under its own name, as it is.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    """How the numbers of one family are shown.

    `scale` multiplies them; `whole` is the range a share can have, shown, where its chart spans all
    of it; `is_ranked` is False for diagnostics.
    """

    label: str
    scale: float = 1.0
    is_ranked: bool = True
    whole: tuple[float, float] | None = None


def _share(label: str) -> Family:
    return Family(f"{label}, %", scale=100, whole=(0.0, 100.0))


FAMILIES = {
    "fid": Family("FID"),
    "fid_inf": Family("FID∞", is_ranked=False),
    "kid": Family("KID × 1000", scale=1000),
    "fd": Family("Fréchet distance"),
    "fd_inf": Family("Fréchet distance∞", is_ranked=False),
    "kd": Family("Kernel distance × 1000", scale=1000),
    "clip_fd": Family("CLIP-FD"),
    "dino_fd": Family("DINO-FD"),
    "story_fd": Family("Fréchet distance of stories"),
    "story_fd_mean": Family("Fréchet distance of stories, means"),
    "story_fd_motion": Family("Fréchet distance of stories, steps"),
    "fsd": Family("FSD"),
    "precision": _share("Precision"),
    "recall": _share("Recall"),
    "density": Family("Density"),
    "coverage": _share("Coverage"),
    "charf1": _share("Character F1"),
    "charf1_macro": _share("Character F1 (macro)"),
    "charf1_weighted": _share("Character F1 (weighted)"),
    "char_precision": _share("Character precision"),
    "char_recall": _share("Character recall"),
    "char_acc": _share("Character accuracy"),
    "frame_acc": _share("Frame accuracy"),
    "story_acc": _share("Story accuracy"),
    "clip_t": Family("CLIP-T"),
    "clip_i": Family("CLIP-I"),
}


def family(metric: str) -> Family:
    """The family of a metric id; an unknown one is shown under its own name, as it is.

    >>> family("kid.clean299.targets.v1").label, family("near_source.twin.v1").label
    ('KID × 1000', 'near source')
    """
    key = family_key(metric)
    return FAMILIES.get(key, Family(key.replace("_", " ")))


def family_key(metric: str) -> str:
    """The first part of an id.

    >>> family_key("fid.clean299.targets.v1")
    'fid'
    """
    return metric.partition(".")[0]


def order(metric: str) -> tuple[int, str]:
    """Sort key: the families in the order of the table above, unknown ones last.

    >>> sorted(["kid.a", "zz.a", "fid.a"], key=order)
    ['fid.a', 'kid.a', 'zz.a']
    """
    keys = tuple(FAMILIES)
    key = family_key(metric)
    return (keys.index(key) if key in FAMILIES else len(keys), metric)
