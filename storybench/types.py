"""The words everything else is written in: frames, stories, predictions, scores, reports.

Data, models and metrics never import each other; they meet on disk, and these frozen dataclasses
say what they meet as. Pictures are numpy arrays, uint8 RGB, 0..255, height x width x 3. A model is
handed a `StoryPrompt`, which has no targets, so it cannot leak them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""One picture: uint8 RGB, 0..255, shape (h, w, 3)."""

Progress = Callable[[int, int, str], None]
"""Called as work goes on: how much is done, of how much, and what of ("shards", "stories")."""


@dataclass(frozen=True)
class Origin:
    """Where a frame came from in the raw release.

    `file` is relative to the raw folder, with forward slashes. `index` counts the frames of that
    file in presentation order from 0, and is None where the container does not say. `time` is the
    frame's own presentation time in seconds from the start of the video, None for still pictures.
    """

    file: str
    clip: str
    index: int | None = None
    time: float | None = None


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of a story with its captions, characters and origin.

    `captions` holds every alternative (at least one); `default` is the index of the one to use.
    `characters` is multi-hot in the order of `StorySpec.characters`, None where there are no
    labels. `licence` is the URL or name the raw data gives for this frame.
    """

    image: Image
    captions: tuple[str, ...]
    origin: Origin
    default: int = 0
    characters: tuple[int, ...] | None = None
    licence: str | None = None

    @property
    def caption(self) -> str:
        """The default caption."""
        return self.captions[self.default]


@dataclass(frozen=True, eq=False)
class StoryPrompt:
    """What a model may see: the source picture and every caption (source first), no target."""

    id: str
    source: Image
    captions: tuple[str, ...]

    @property
    def n_targets(self) -> int:
        """How many frames are to be generated."""
        return len(self.captions) - 1


@dataclass(frozen=True, eq=False)
class Story:
    """A source frame, the target frames that follow, and where they stand in the dataset.

    `cluster` is the episode or video the story was cut from: stories of one cluster are not
    independent, so intervals are computed over clusters. `position` counts from 0 in the official
    order of the split. `orders` has its place in other orders that a release is read in, by name
    ("file": that of the split's file); `subsets` names the parts of the split that it belongs to
    ("storydalle-1900"); `label_source` says where the character labels came from.
    """

    id: str
    split: str
    cluster: str
    position: int
    source: Frame
    targets: tuple[Frame, ...]
    orders: Mapping[str, int] = field(default_factory=dict)
    subsets: tuple[str, ...] = ()
    label_source: str | None = None

    @property
    def frames(self) -> tuple[Frame, ...]:
        """Source first, then the targets."""
        return (self.source, *self.targets)

    @property
    def captions(self) -> tuple[str, ...]:
        """Default caption of every frame, source first."""
        return tuple(frame.caption for frame in self.frames)

    def prompt(self) -> StoryPrompt:
        """The part of the story that a model may see."""
        return StoryPrompt(id=self.id, source=self.source.image, captions=self.captions)


@dataclass(frozen=True, eq=False)
class Clip:
    """A raw clip whole: every frame of it, of which stories show one.

    `frames` is uint8 RGB, (k, h, w, 3). A story's frame names its clip in `Origin.clip`, and the
    frame that was chosen in `Origin.index`. Captions and characters are as in `Frame`.
    """

    id: str
    cluster: str
    frames: NDArray[np.uint8]
    captions: tuple[str, ...]
    origin: Origin
    default: int = 0
    characters: tuple[int, ...] | None = None
    label_source: str | None = None


@dataclass(frozen=True)
class StorySpec:
    """What a dataset promises: how many targets, which characters, under which terms.

    `n_stories` are the published counts per split where there are any; the counts of a build stand
    in its manifest. `size` is the side of the native square frames in pixels, None if they vary.
    """

    name: str
    version: str
    n_targets: int
    size: int | None = None
    characters: tuple[str, ...] = ()
    n_stories: Mapping[str, int] = field(default_factory=dict)
    licence: str = ""
    citation: str = ""


@dataclass(frozen=True, eq=False)
class Prediction:
    """Generated frames of one story: uint8 RGB, shape (t, h, w, 3), targets only."""

    story_id: str
    frames: NDArray[np.uint8]
    seed: int = 0
    candidate: int = 0


@dataclass(frozen=True)
class Score:
    """One number under one metric id, with its interval and everything that fixes it.

    `interval` is the 95 % interval (low, high) and `standard_error` its half width over the
    quantile, both None where there are too few clusters or nothing tells of a spread. `n` counts
    scored slots, `n_clusters` episodes or videos. `settings` is the metric's record (extractor,
    hashes, resize, flags).
    """

    metric: str
    value: float
    standard_error: float | None
    interval: tuple[float, float] | None
    n: int
    n_clusters: int
    direction: Literal["lower", "higher"]
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Absent:
    """A metric that could not be computed here: its id or family, and why, with what to do."""

    metric: str
    reason: str


Verdict = Literal["aligned", "misaligned", "cannot tell", "not examined"]
"""Do the pictures belong to their stories? Sets of a few stories are not examined for it."""


@dataclass(frozen=True)
class Examination:
    """What the doctor said of the predictions before they were scored.

    In nats per slot: `gain` is how well the pictures fit the slots that they are claimed for,
    `best` how well they fit in the order that fits best, `chance` how well in random ones.
    `score` is how many spreads of chance `best` lies above it. Each is None where it is not
    known. `faults` counts by kind what forbids scoring (only a forced run has any), `notes`
    what has to be known.
    """

    verdict: Verdict
    gain: float | None = None
    best: float | None = None
    chance: float | None = None
    score: float | None = None
    faults: Mapping[str, int] = field(default_factory=dict)
    notes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """All scores of one set of predictions on one split of one build, under one protocol.

    `absent` names the metrics of the protocol that could not be computed, each with its reason.
    `doctor` is None in reports that were written before its verdict was recorded.
    """

    dataset: str
    split: str
    data_digest: str
    predictions_digest: str
    model: Mapping[str, Any]
    protocol: str
    n_stories: int
    scores: tuple[Score, ...]
    versions: Mapping[str, str]
    absent: tuple[Absent, ...] = ()
    doctor: Examination | None = None


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A report with what it rests on: the value of each story, and the replicates of each score.

    `stories` are the scored ones in order and `clusters` the episode or video of each. By metric
    id, `per_story` (n_stories,) holds a story's own value, NaN where it has none, and `replicates`
    the numbers whose spread gave the interval: (K,) without each group, or (B,) of bootstrap draws.
    """

    report: Report
    stories: tuple[str, ...]
    clusters: tuple[str, ...]
    per_story: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    replicates: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)


@dataclass(frozen=True)
class Survey:
    """What a build would do, found out without doing it.

    `n_stories` is planned per split, `found` counts raw files by kind, `missing` names what was
    looked for and not there, `drops` counts planned losses by reason. Bytes are of disk; `seconds`
    is an estimate for the asked number of workers, measured on a few of the raw files.
    """

    dataset: str
    n_stories: Mapping[str, int]
    found: Mapping[str, int]
    missing: tuple[str, ...]
    drops: Mapping[str, int]
    bytes_needed: int
    bytes_free: int
    seconds: float
    notes: tuple[str, ...] = ()


Level = Literal["good", "note", "problem"]


@dataclass(frozen=True)
class Finding:
    """One thing that a look at a raw folder showed: how bad, what of, what was found, what to do.

    `expected` is what a whole release has, None where nothing is promised. A "problem" keeps a
    build from starting or loses stories; a "note" is worth knowing.
    """

    level: Level
    what: str
    found: str
    expected: str | None = None
    advice: str = ""


@dataclass(frozen=True)
class FileGuide:
    """One kind of file of a raw release, for whoever asks what it is.

    `pattern` is a glob relative to the release. `need` says whether a build must have the file
    ("needed"), uses it where it is ("used"), or leaves it alone ("not used").
    """

    pattern: str
    need: Literal["needed", "used", "not used"]
    content: str
    layout: str
    source: str

    def matches(self, name: str) -> bool:
        """Whether a file of that name, with any folders before it, is of this kind.

        >>> strip = FileGuide("Pororo_*/*/*.png", "needed", "", "", "")
        >>> strip.matches("pororo_png/Pororo_1/Pororo_1_ep1/7.png"), strip.matches("masks/7.png")
        (True, False)
        """
        return PurePosixPath(name).match(self.pattern)

    def has_part(self, name: str) -> bool:
        """Whether a name without its folders is of this kind, or is one of the kind's folders.

        A pattern says nothing of a bare name where it begins with a star: `1.gif` is known, any
        `x.npy` is not.

        >>> strip = FileGuide("Pororo_*/*/?.png", "needed", "", "", "")
        >>> strip.has_part("7.png"), strip.has_part("Pororo_1"), strip.has_part("7.npy")
        (True, True, False)
        """
        path, pattern = PurePosixPath(name), PurePosixPath(self.pattern)
        if path.match(pattern.name) and pattern.name[:1] != "*":
            return True
        folders = (folder for folder in pattern.parents if folder.name not in ("", "*"))
        return any(path.match(str(folder)) for folder in folders)

    def closeness(self, name: str) -> tuple[int, int]:
        """How closely the pattern says which file is meant: folders that it names, then letters.

        >>> strip = FileGuide("Pororo_*/*/?.png", "needed", "", "", "")
        >>> strip.closeness("Pororo_1/Pororo_1_ep1/7.png"), strip.closeness("7.png")
        ((3, 14), (1, 14))
        """
        parts = PurePosixPath(name).parts, PurePosixPath(self.pattern).parts
        n_parts = min(map(len, parts)) if self.matches(name) else 1
        return n_parts, len(self.pattern.replace("*", ""))


@dataclass(frozen=True)
class RawCheck:
    """What lies in a raw folder, looked at file by file without writing anything.

    `files` counts them by the pattern of the guide they fall under ("" for those that no entry of
    the guide explains). `missing` and `damaged` name files, relative to the raw folder.
    """

    dataset: str
    why: str
    findings: tuple[Finding, ...]
    files: Mapping[str, int]
    missing: tuple[str, ...]
    damaged: tuple[str, ...]
    bytes_needed: int
    bytes_free: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing or damaged, and no finding is a problem."""
        return not (
            self.missing or self.damaged or any(one.level == "problem" for one in self.findings)
        )


@dataclass(frozen=True)
class BuildResult:
    """What a build did: what stands on disk now, what was dropped, what was kept from before.

    `n_planned` counts the stories that the annotations promise, `n_dropped` those that are not in
    the shards, `drops` the entries of drops.jsonl by reason. A build by one of several ranks has
    `shards_awaited` from the others: while there are any, the dataset is not finished, and digest,
    stories and drops are empty.
    """

    directory: Path
    dataset: str
    digest: str
    n_stories: Mapping[str, int]
    n_planned: int
    n_dropped: int
    drops: Mapping[str, int]
    shards_built: int
    shards_kept: int
    shards_awaited: int = 0
