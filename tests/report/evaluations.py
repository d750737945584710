"""Evaluations of a small build, made without a network: numbers are drawn, pictures are noise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storybench.predictions.store import PredictionSet
from storybench.report.folder import write
from storybench.shards.reader import Stories
from storybench.stats import bootstrap, jackknife
from storybench.types import Absent, Evaluation, Report, Score
from tests.factories import make_predictions, make_shards

N_STORIES = 12
FRAME_ACC = "frame_acc.small.0a1b2c3d.targets.v1"
FID = "fid.clean299.targets.v1"
FID_INF = "fid_inf.clean299.targets.v1"
VERSIONS = {"python": "3.11.7", "storybench": "0.1.0", "numpy": "2.0.0"}


@dataclass(frozen=True)
class World:
    """A build with its test split, and a place for folders."""

    folder: Path
    stories: Stories

    def predictions(self, name: str) -> PredictionSet:
        """Noise for every story, made once a name."""
        folder = self.folder / name
        if folder.exists():
            return PredictionSet(folder)
        return make_predictions(
            folder,
            self.stories.ids,
            data_digest=self.stories.digest,
            model={"name": name},
            seed=len(name),
        )

    def write(self, name: str, evaluation: Evaluation) -> Path:
        """The folder of an evaluation whose pictures are those of `name`."""
        return write(
            evaluation,
            self.folder / f"{name}.report",
            predictions=self.predictions(name),
            stories=self.stories,
        )


def make_world(folder: Path, *, stories_per_cluster: int = 2) -> World:
    """Twelve stories of two targets; six episodes unless said otherwise."""
    shards = make_shards(
        folder / "shards",
        stories={"test": N_STORIES},
        stories_per_cluster=stories_per_cluster,
        size=(72, 72),
    )
    return World(folder, Stories(shards, "test"))


def make_evaluation(
    stories: Stories,
    *,
    name: str = "mine",
    fid: float = 20.0,
    seed: int = 0,
    accuracy: NDArray[np.float64] | None = None,
    settings: Mapping[str, Any] | None = None,
    absent: tuple[Absent, ...] = (),
) -> Evaluation:
    """FID and FID_inf by a jackknife, and a frame accuracy by a bootstrap with values per story.

    The replicates of equal `seed` share their noise, as those of two systems on the same stories.
    """
    generator = np.random.default_rng(seed)
    if accuracy is None:
        accuracy = generator.integers(0, 3, len(stories)) / 2
    groups = jackknife.deal(stories.clusters)
    k = int(groups.max()) + 1
    drawn = bootstrap.weights(k)
    sums, counts = np.bincount(groups, weights=accuracy), np.bincount(groups)
    replicates = {
        FID: fid + generator.normal(0, 0.5, k),
        FRAME_ACC: (drawn @ sums) / (drawn @ counts),
    }
    replicates[FID_INF] = replicates[FID]
    record = {"task": "continuation", "n_groups": k, "flags": [], **(settings or {})}
    of_fid = {**record, "se_method": "jackknife-cluster-both-sides", "flags": ["below_floor"]}
    of_accuracy = {**record, "se_method": "bootstrap-cluster"}
    scores = (
        _score(FID, fid, jackknife.interval(fid, replicates[FID].tolist()), stories, of_fid),
        _score(
            FID_INF,
            fid - 2,
            jackknife.interval(fid - 2, replicates[FID].tolist()),
            stories,
            {**of_fid, "standard_error_of": FID},
        ),
        replace(
            _score(
                FRAME_ACC,
                float(accuracy.mean()),
                bootstrap.interval(
                    float(accuracy.mean()),
                    replicates[FRAME_ACC].tolist(),
                    n_groups=k,
                    bounds=(0, 1),
                ),
                stories,
                of_accuracy,
            ),
            direction="higher",
        ),
    )
    report = Report(
        dataset="toy",
        split="test",
        data_digest=stories.digest,
        predictions_digest=f"{seed:x}".rjust(64, "0"),
        model={"name": name},
        protocol="sb-v1",
        n_stories=len(stories),
        scores=scores,
        versions=VERSIONS,
        absent=absent,
    )
    return Evaluation(
        report=report,
        stories=stories.ids,
        clusters=stories.clusters,
        per_story={FRAME_ACC: accuracy},
        replicates=replicates,
    )


def _score(
    metric: str,
    value: float,
    interval: jackknife.Interval | None,
    stories: Stories,
    settings: Mapping[str, Any],
) -> Score:
    return Score(
        metric=metric,
        value=value,
        standard_error=None if interval is None else interval.standard_error,
        interval=None if interval is None else (interval.low, interval.high),
        n=2 * len(stories),
        n_clusters=len(set(stories.clusters)),
        direction="lower",
        settings=settings,
    )
