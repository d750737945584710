"""A protocol as data: which frames, against which reference, through which pixels and metrics.

A row of numbers is made by all of these choices together, and published rows differ in nearly every
one. Here each is a field, and each field of a paper's protocol has the place it was read from, so
that a number can be explained by changing one field at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from storybench.flags import Flag
from storybench.protocols.fact import Fact

Frames = Literal["targets", "all"]
Reference = Literal["as-built", "middle", "random"]

TWIN_SUFFIX = "-twin"
"""What the toy world adds to the name of the dataset whose release it writes."""


@dataclass(frozen=True)
class Cut:
    """A split that is cut to its first stories: so many, in which order of the release.

    `order` is the name of an order of the stories ("file"), "position" the official one. A split
    that is no longer than `first` is not cut.
    """

    dataset: str
    split: str
    first: int
    order: str = "position"


@dataclass(frozen=True)
class Batch:
    """A loader that leaves an incomplete last batch out: its size, counted in stories or frames."""

    size: int
    of: Literal["stories", "frames"]


@dataclass(frozen=True)
class ClassifierPixels:
    """The path by which a paper's code feeds its character classifier the pictures of a dataset."""

    dataset: str
    path: str


@dataclass(frozen=True)
class Protocol:
    """A named, versioned way to score; never edited after release, a change gets a new name.

    `datasets` are those it was made for, all if empty. Stories: `cuts` says which splits are cut,
    `blocks` that no clip is a target twice (in the official order a story is kept if none of its
    targets was), `batch` what a loader then drops at the end. Frames: the "targets" 1…t or "all",
    0…t, of those the first `n_frames`; `frames_id` is what metric ids call them, with {t} targets
    and {n} frames. `reference` says which real frame belongs to a slot: the one of the build
    ("as-built"), the "middle" one of its clip, or a "random" one by `seed`, drawn slot by slot;
    `counting` how often a real frame counts that is in several stories.

    `pixels` is the path of the pictures, `reference_pixels` that of the real frames where it
    differs. `extractor` is that of the published numbers; another changes the metric ids. `metrics`
    are names under `storybench.metrics`; `metric_ids` the ids that their distances have with the
    published weights, as far as there are enough clusters. `averaging` names the F1 averages that
    the paper's code prints (`metrics.confusion.AVERAGES`), none if it prints no F1; each is in the
    report beside the micro F1. `classifier_pixels` says for which datasets a published classifier
    is fed otherwise than it was trained (`metrics.classifier.official.FEEDS`), which one of ours
    never is. `flags` go to every score. `facts` says where each choice was read.
    """

    name: str
    summary: str
    frames: Frames
    reference: Reference
    counting: Literal["per-slot"]
    extractor: str
    pixels: str
    metrics: tuple[str, ...]
    metric_ids: tuple[str, ...]
    frames_id: str = "targets"
    n_frames: int | None = None
    seed: int = 0
    datasets: tuple[str, ...] = ()
    cuts: tuple[Cut, ...] = ()
    blocks: bool = False
    batch: Batch | None = None
    reference_pixels: str | None = None
    averaging: tuple[str, ...] = ("micro",)
    classifier_pixels: tuple[ClassifierPixels, ...] = ()
    task: Literal["continuation", "visualization"] = "continuation"
    flags: tuple[Flag, ...] = ()
    citation: str = ""
    facts: tuple[Fact, ...] = ()

    def fits(self, dataset: str) -> bool:
        """Whether it is meant for a dataset, or for the toy world in its place."""
        return not self.datasets or dataset.removesuffix(TWIN_SUFFIX) in self.datasets

    def cut(self, dataset: str, split: str) -> Cut | None:
        """How that split is cut; None if it is not."""
        name = dataset.removesuffix(TWIN_SUFFIX)
        found = (cut for cut in self.cuts if (cut.dataset, cut.split) == (name, split))
        return next(found, None)

    def classifier_path(self, dataset: str) -> str | None:
        """The pixel path into a published classifier; None if it is the one it was trained with.

        >>> from storybench.protocols import catalogue
        >>> rules = catalogue.get("vlc-2021")
        >>> rules.classifier_path("pororosv"), rules.classifier_path("flintstonessv")
        ('classifier299-raw', 'classifier299-nostep')
        """
        name = dataset.removesuffix(TWIN_SUFFIX)
        return next((one.path for one in self.classifier_pixels if one.dataset == name), None)

    def numbers(self, n_targets: int) -> tuple[int, ...]:
        """The frames of a story that are scored; 0 is the source.

        >>> from storybench.protocols import catalogue
        >>> catalogue.get("duco-2021").numbers(4), catalogue.get("sb-v1").numbers(4)
        ((0, 1, 2, 3, 4), (1, 2, 3, 4))
        """
        first = 1 if self.frames == "targets" else 0
        return tuple(range(first, n_targets + 1))[: self.n_frames]

    def frames_name(self, n_targets: int) -> str:
        """What metric ids call the scored frames.

        >>> from storybench.protocols import catalogue
        >>> catalogue.get("storydalle-2022").frames_name(2)
        'targets2'
        """
        return self.frames_id.format(t=n_targets, n=n_targets + 1)

    def ids(self, n_targets: int) -> tuple[str, ...]:
        """`metric_ids` of a dataset with so many targets."""
        frames = self.frames_name(n_targets)
        return tuple(name.format(frames=frames) for name in self.metric_ids)
