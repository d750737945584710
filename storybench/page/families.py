"""What a metric id says to a reader: its name, its scale, and whether it can be ranked.

The first part of an id is the metric's family ("fid" of "fid.clean299.targets.v1"). Shares are
shown in per cent and kernel distances in thousandths, as the field prints them; stored they stay
raw. A family that is not known here is shown under its own name, as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


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


def _share(label: str, *, is_ranked: bool = True) -> Family:
    return Family(f"{label}, %", scale=100, is_ranked=is_ranked, whole=(0.0, 100.0))


def _kernel(label: str, *, is_ranked: bool = True) -> Family:
    return Family(f"{label} × 1000", scale=1000, is_ranked=is_ranked)


def _diagnostic(label: str) -> Family:
    return Family(label, is_ranked=False)


_OF_STORIES = {
    "consistency": "Consistency",
    "consistency_neighbour": "Consistency with the frame before",
    "consistency_source": "Consistency with the source",
    "consistency_gap": "Consistency, gap to real frames",
    "diversity": "Diversity of a story",
    "order_sensitivity": "Order sensitivity",
}

FAMILIES = {
    "fid": Family("FID"),
    "fid_inf": _diagnostic("FID∞"),
    "kid": _kernel("KID"),
    "fd": Family("Fréchet distance"),
    "fd_inf": _diagnostic("Fréchet distance∞"),
    "kd": _kernel("Kernel distance"),
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
    "charf1_samples": _share("Character F1 (samples)"),
    "charf1_weighted_pair": _share("Character F1 (weighted, two characters)", is_ranked=False),
    "char_precision": _share("Character precision"),
    "char_recall": _share("Character recall"),
    "frame_acc": _share("Frame accuracy"),
    "char_acc": _share("Character accuracy"),
    "story_acc": _share("Story accuracy"),
    "clip_t": Family("CLIP-T"),
    "clip_i": Family("CLIP-I"),
    **{name: _diagnostic(label) for name, label in _OF_STORIES.items()},
    **{f"dino_{name}": _diagnostic(f"{label} (DINO)") for name, label in _OF_STORIES.items()},
    "copy_source_rate": _share("Copies of the source", is_ranked=False),
    "copy_train_rate": _share("Copies of training frames", is_ranked=False),
    "copy_train_ratio": _diagnostic("Distance to training frames, over real"),
    "copy_exact_rate": _share("Exact copies", is_ranked=False),
    "kid_without_copies": _kernel("KID without copies", is_ranked=False),
    "kd_without_copies": _kernel("Kernel distance without copies", is_ranked=False),
}

NETWORKS = {"clip": "CLIP", "dino": "DINO"}
"""Networks whose Fréchet distances have names of their own, by the first part of `arch`."""


def family(metric: str) -> Family:
    """The family of a metric id; an unknown one is shown under its own name, as it is.

    >>> family("kid.clean299.targets.v1").label, family("near_source.twin.v1").label
    ('KID × 1000', 'near source')
    >>> family("fd.dino-vits16.0123abcd.targets.v1").label
    'DINO-FD'
    """
    key, _, rest = metric.partition(".")
    found = FAMILIES.get(key, Family(key.replace("_", " ")))
    network = NETWORKS.get(rest.partition("-")[0])
    if network is None or key not in ("fd", "fd_inf"):
        return found
    return replace(found, label=f"{network}-FD{'∞' if key == 'fd_inf' else ''}")


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
