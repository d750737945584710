"""Score a folder of predictions against the shards they were made for, under a named protocol.

Predictions and shards in, a `Report` out. This is where the parts meet: the protocol says which
frames, the doctor refuses a set that is not whole, features give estimates, and the jackknife over
episodes or videos puts an interval on each. Pictures stream through in batches; only features stay
in memory. The same inputs give the same report, byte for byte.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from storybench import registry
from storybench.errors import InputError, PredictionError
from storybench.files import read_json, sha256_json, write_json
from storybench.flags import Flag
from storybench.images import centre_square, pixel_sha256
from storybench.metrics.evidence import Evidence, Options, Side, Slots
from storybench.metrics.extractor import Extractor
from storybench.metrics.metric import Absent, Estimate, Metric
from storybench.predictions.container import LOSSY
from storybench.predictions.diagnosis import Diagnosis
from storybench.predictions.doctor import examine
from storybench.predictions.store import PredictionSet
from storybench.protocols import catalogue
from storybench.protocols.protocol import Protocol
from storybench.schema import validated
from storybench.shards.reader import Stories
from storybench.stats import bootstrap, jackknife
from storybench.types import Evaluation, Image, Progress, Report, Score

SCHEMA_VERSION = 1
PACKAGES = ("storybench", "numpy", "scipy", "pillow", "torch")
TRAIN = "train"
TRUTH_SHARE = 0.05
TRUTH_AT_LEAST = 2

_REPORT = TypeAdapter(Report)


def evaluate(
    predictions: Path | str,
    data: Path | str,
    *,
    split: str = "test",
    protocol: str = "sb-v1",
    extractor: str | None = None,
    weights: Path | None = None,
    options: Options | None = None,
    on_progress: Progress | None = None,
) -> Evaluation:
    """Score every target frame of a split.

    Args:
        predictions: canonical predictions of every story of the split.
        data: the shards they were made for.
        split: which split of the shards.
        protocol: a named protocol.
        extractor: a registered extractor; the protocol's own, which alone gives the published
            metric ids, if None.
        weights: other weights for it; their hash is then part of the metric ids.
        options: weights for the metrics that need a network of their own.
        on_progress: called after each picture.

    Raises:
        UnknownNameError: no protocol or extractor of that name.
        MissingError: no finished build, or the extractor's weights are not there.
        InputError: no such split, no story in it, a weights file of another network, or an
            installed extractor or metric that is not the one the protocol means.
        PredictionError: the set is not whole, was made for other data or another split, or holds
            the real frames: more than 5 % of the slots, and at least 2, show their own real frame
            where that is not the given source. Fewer are counted and flagged `contains_truth`.
        VerificationError: weights, shards or pictures are not the ones that their hash promises.
    """
    rules = catalogue.get(protocol)
    stories = Stories(data, split)
    if not len(stories):
        raise InputError(f"Expected stories to score, found none in {stories!r}.")
    generated = PredictionSet(predictions)
    _check_run(generated, stories, split)
    network = _network(rules, extractor or rules.extractor, weights)
    diagnosis = examine(
        predictions,
        story_ids=stories.ids,
        n_targets=stories.spec.n_targets,
        data_digest=stories.digest,
    )
    diagnosis.require()
    match = _Match(stories, generated, rules, on_progress)
    evidence = Evidence(
        slots=match.described(),
        extractor=network,
        frames=rules.frames,
        options=options or Options(),
        pictures=match,
    )
    shown = _truth_shown(match, evidence)
    _check_not_the_truth(match, shown)
    found = _estimates(rules, evidence)
    estimates = [each for each in found if isinstance(each, Estimate)]
    record = _record(match, diagnosis, evidence, n_truth=len(shown))
    scores = tuple(score(each, record=record, slots=evidence.slots) for each in estimates)
    if network.is_published:
        _check_ids(rules, scores)
    report = Report(
        dataset=stories.spec.name,
        split=split,
        data_digest=stories.digest,
        predictions_digest=generated.digest,
        model=dict(generated.model),
        protocol=rules.name,
        n_stories=len(stories),
        scores=scores,
        versions=versions(),
        absent=tuple(each for each in found if isinstance(each, Absent)),
    )
    return _evaluation(report, evidence.slots, estimates)


def score(estimate: Estimate, *, record: Mapping[str, Any], slots: Slots) -> Score:
    """The estimate with its 95 % interval; `record` joins its settings, flags to flags."""
    interval, spread = _interval(estimate, slots.n_groups)
    return Score(
        metric=estimate.metric,
        value=estimate.value,
        standard_error=None if interval is None else interval.standard_error,
        interval=None if interval is None else (interval.low, interval.high),
        n=estimate.n,
        n_clusters=len(set(slots.clusters)),
        direction=estimate.direction,
        settings={
            **record,
            **spread,
            **estimate.settings,
            "flags": [*estimate.settings["flags"], *record["flags"]],
        },
    )


def _interval(
    estimate: Estimate, n_groups: int
) -> tuple[jackknife.Interval | None, dict[str, Any]]:
    """The interval, and how it came about in words for the record."""
    values, bounds = estimate.replicates, estimate.bounds
    if estimate.spread == "bootstrap":
        found = bootstrap.interval(estimate.value, values, n_groups=n_groups, bounds=bounds)
        middle = bootstrap.percentile(values)
        return found, {
            "se_method": "bootstrap-cluster",
            "percentile_interval": None if middle is None else list(middle),
        }
    found = jackknife.interval(estimate.value, values)
    found = None if found is None else bootstrap.clipped(found, bounds)
    return found, {"se_method": "jackknife-cluster-both-sides"}


def _estimates(rules: Protocol, evidence: Evidence) -> list[Estimate | Absent]:
    metrics: list[Metric] = [registry.load("metrics", name)() for name in rules.metrics]
    return [each for metric in metrics for each in metric.estimate(evidence)]


def _evaluation(report: Report, slots: Slots, estimates: Sequence[Estimate]) -> Evaluation:
    return Evaluation(
        report=report,
        stories=slots.stories,
        clusters=slots.clusters,
        per_story={
            each.metric: np.asarray(each.per_story, np.float64)
            for each in estimates
            if each.per_story is not None
        },
        replicates={each.metric: np.asarray(each.replicates, np.float64) for each in estimates},
    )


def versions() -> dict[str, str]:
    """Versions of Python and of the installed packages that a number can depend on."""
    installed = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            installed[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return installed


def write_report(report: Report, path: Path) -> None:
    """Write a report as JSON, whole or not at all; equal reports give equal bytes."""
    value = _REPORT.dump_python(report, mode="json")
    write_json(path, {"schema_version": SCHEMA_VERSION, **value})


def read_report(path: Path) -> Report:
    """Read a report back.

    Raises:
        MissingError: there is no such file.
        InputError: not JSON, of another schema version, or a field is not what it must be.
    """
    value = read_json(path)
    found = value.get("schema_version") if isinstance(value, dict) else None
    if found != SCHEMA_VERSION:
        raise InputError(
            f"Expected a report of schema version {SCHEMA_VERSION} in {path}, found {found}. Write "
            "it again with `storybench eval`."
        )
    return validated(_REPORT, value, name=str(path))


@dataclass
class _Match:
    """Real and generated frames of the same slots, streamed in the same order.

    `sides` collects the short sides of the pictures that went by.
    """

    stories: Stories
    generated: PredictionSet
    rules: Protocol
    on_progress: Progress | None
    sides: dict[str, set[int]] = field(
        default_factory=lambda: {"reference": set(), "generated": set()}
    )

    @property
    def slots(self) -> list[tuple[int, int]]:
        """(number of the story, k) of every frame that is scored."""
        targets = range(1, self.stories.spec.n_targets + 1)
        return [(index, k) for index in range(len(self.stories)) for k in targets]

    def described(self) -> Slots:
        """The slots with cluster, caption and labels of each."""
        clusters, slots = self.stories.clusters, self.slots
        captions = [self.stories.captions(index) for index in range(len(self.stories))]
        return Slots(
            stories=self.stories.ids,
            clusters=clusters,
            story=np.array([index for index, _ in slots], np.intp),
            k=np.array([k for _, k in slots], np.intp),
            groups=jackknife.deal([clusters[index] for index, _ in slots]),
            captions=tuple(captions[index][k] for index, k in slots),
            characters=self.stories.spec.characters,
            labels=_labels(self.stories, slots),
        )

    def of(self, side: Side) -> Iterator[Image]:
        """The pictures of a side; real frames are cropped to their centre square."""
        if side == "source":
            return (centre_square(self.stories.image(i, 0)) for i in range(len(self.stories)))
        if side == "reference":
            return self._stream(side, lambda i, k: centre_square(self.stories.image(i, k)))
        ids = self.stories.ids
        return self._stream(side, lambda i, k: self.generated.image(ids[i], k))

    def train(self) -> Iterator[Image] | None:
        """Every frame of the training split, cropped to its centre square."""
        if TRAIN not in self.stories.manifest.splits:
            return None
        return (
            centre_square(frame.image)
            for story in Stories(self.stories.directory, TRAIN)
            for frame in story.frames
        )

    def _stream(self, side: str, read: Callable[[int, int], Image]) -> Iterator[Image]:
        slots = self.slots
        done = 0 if side == "reference" else len(slots)
        for index, k in slots:
            image = read(index, k)
            self.sides[side].add(min(image.shape[:2]))
            yield image
            done += 1
            if self.on_progress is not None:
                self.on_progress(done, 2 * len(slots), "pictures")


def _check_run(generated: PredictionSet, stories: Stories, split: str) -> None:
    """Refuse predictions that say they were made for something else."""
    manifest = generated.manifest
    if manifest is None:
        return
    if manifest.data_digest != stories.digest:
        raise PredictionError(
            f"Expected predictions made from the data {stories.digest[:12]}…, found ones made from "
            f"{manifest.data_digest[:12]}… ({manifest.dataset}). Score them with those shards, or "
            "generate again."
        )
    if manifest.split != split:
        raise PredictionError(
            f"Expected predictions of the split {split}, found ones of {manifest.split}. "
            f"Use --split {manifest.split}, or generate again."
        )


def _network(rules: Protocol, name: str, weights: Path | None) -> Extractor:
    """The extractor; where it claims the published weights, its pixel path is the protocol's."""
    network: Extractor = registry.load("extractors", name)(weights)
    if network.is_published and network.pixels.name != rules.pixels:
        raise InputError(
            f"Expected the pixel path {rules.pixels} of protocol {rules.name}, found "
            f"{network.pixels.name} in extractor {name!r}. Name another protocol or extractor."
        )
    return network


def _check_ids(rules: Protocol, scores: Sequence[Score]) -> None:
    """Refuse to report other numbers than the protocol names; a metric may leave its last out."""
    found = tuple(score.metric for score in scores)
    if found != rules.metric_ids[: len(found)]:
        raise InputError(
            f"Expected the metrics {', '.join(rules.metric_ids)} of protocol {rules.name}, found "
            f"{', '.join(found)}. Is a metric of that name installed that is not storybench's?"
        )


def _labels(stories: Stories, slots: Sequence[tuple[int, int]]) -> NDArray[np.bool_] | None:
    """Multi-hot labels (n, c) of the slots; None where the dataset has no characters."""
    if not stories.spec.characters:
        return None
    of_story = stories.table()["characters"]
    rows = [of_story.iloc[index] for index in range(len(stories))]
    if any(row is None for row in rows):
        return None
    return np.array([rows[index][k] for index, k in slots], bool)


def _truth_shown(match: _Match, evidence: Evidence) -> list[tuple[str, int]]:
    """(story, k) of slots that show their own real frame where that is not the given source."""
    reference, generated = evidence.features("reference"), evidence.features("generated")
    return [
        (match.stories.ids[index], k)
        for slot, (index, k) in enumerate(match.slots)
        if (key := generated.hash_of(slot)) == reference.hash_of(slot)
        and key != pixel_sha256(centre_square(match.stories.image(index, 0)))
    ]


def _check_not_the_truth(match: _Match, shown: Sequence[tuple[str, int]]) -> None:
    """Refuse the real frames as predictions; a few are chance: a black frame, a shared clip.

    A reference set that silently held generated pictures once voided a table of published FIDs.
    """
    n = len(match.slots)
    if len(shown) < TRUTH_AT_LEAST or len(shown) <= TRUTH_SHARE * n:
        return
    story_id, k = shown[0]
    raise PredictionError(
        f"Expected generated pictures in {match.generated.directory}, found {len(shown):,} of "
        f"{n:,} equal to the real frame of their own slot (first: frame {k} of story "
        f"{story_id}). Was the ground truth copied there?"
    )


def _record(
    match: _Match, diagnosis: Diagnosis, evidence: Evidence, *, n_truth: int
) -> dict[str, Any]:
    """What fixes every number of the report, whatever the metric."""
    stories, rules = match.stories, match.rules
    n_clusters = len(set(stories.clusters))
    return {
        "protocol": rules.name,
        "task": "continuation",
        "frames": f"{rules.frames}[1..{stories.spec.n_targets}]",
        "source_frame_scored": False,
        "n_stories": len(stories),
        "n_groups": evidence.slots.n_groups,
        "cluster_is_story": n_clusters == len(stories),
        "flags": _flags(diagnosis, n_truth),
        "split": {
            "name": stories.split,
            "ids_sha256": sha256_json(list(stories.ids)),
            "dataset_manifest_sha256": stories.digest,
        },
        "reference": {
            "frame_rule": rules.reference,
            "counting": rules.counting,
            "native_px": sorted(match.sides["reference"]),
        },
        "generated": {
            "container": dict(sorted(diagnosis.containers.items())),
            "native_px": sorted(match.sides["generated"]),
            "files_merkle_sha256": match.generated.digest,
            "duplicates": evidence.slots.n - evidence.features("generated").n_unique,
            "equal_to_truth": n_truth,
        },
        "versions": versions(),
    }


def _flags(diagnosis: Diagnosis, n_truth: int) -> list[Flag]:
    claims: dict[Flag, bool] = {
        "lossy_pictures": bool(LOSSY & diagnosis.containers.keys()),
        "contains_truth": n_truth > 0,
    }
    return [flag for flag, is_true in claims.items() if is_true]
