"""Boards for the tests: submissions written file by file, and real shards with predictions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from storybench.board.submissions.folder import (
    GALLERY,
    SUBMISSION,
    SUBMISSIONS,
    identify,
    result_name,
    seal,
    write_folder,
)
from storybench.board.submissions.gallery import draw
from storybench.board.submissions.record import GalleryRecord, LeftOutRecord, ReportRecord, document
from storybench.files import sha256_bytes, write_json
from storybench.images import encode_png
from storybench.predictions.manifest import Run
from storybench.predictions.store import PredictionSet, PredictionWriter
from storybench.shards.format import FrameRecord, StoryRecord, shard_name
from storybench.shards.index import INDEX_NAME, write_index
from storybench.shards.manifest import ShardEntry, file_entry, make_manifest, write_manifest
from storybench.shards.reader import Stories
from storybench.shards.writer import ShardWriter
from storybench.types import Frame, Image, Origin, Prediction, Report, Score, Story, StorySpec

BY = "http://creativecommons.org/licenses/by/2.0/"
DATA = sha256_bytes(b"data")
WHO = {"name": "My Model", "authors": "A. Student"}


def scene(seed: int, k: int, side: int = 128) -> Image:
    """A soft sky, a hill and a ball that moves with k: it compresses like a photo."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side] / side
    sky, ground, ball = rng.uniform(90, 250, (3, 3))
    hill = 0.62 + 0.12 * np.sin(3 * x + seed)
    picture = sky * (1 - 0.4 * y[..., None]) * np.ones((side, side, 3))
    picture = np.where((y > hill)[..., None], ground * (1.2 - 0.6 * y[..., None]), picture)
    near = (x - 0.2 - 0.2 * k) ** 2 + (y - 0.55) ** 2 < 0.02
    picture = np.where(near[..., None], ball, picture)
    return np.clip(picture + rng.normal(0, 4, picture.shape), 0, 255).astype(np.uint8)


def make_story(
    story_id: str, seed: int, *, n_targets: int = 2, licences: Sequence[str | None] | None = None
) -> Story:
    """A story of scenes; every frame CC BY unless told otherwise."""
    licences = licences or [BY] * (n_targets + 1)
    frames = tuple(
        Frame(
            image=scene(seed, k),
            captions=(f"The ball rolls over hill {seed}, step {k}.",),
            origin=Origin(file=f"{story_id}.mp4", clip=f"{story_id}-clip"),
            licence=licence,
        )
        for k, licence in enumerate(licences)
    )
    return Story(story_id, "test", story_id, seed, frames[0], frames[1:])


def make_score(
    metric: str = "fid.clean299.targets.v1", value: float = 20.0, **changes: Any
) -> Score:
    """A score with an interval of plus and minus 2."""
    interval = (value - 2.0, value + 2.0)
    base = Score(metric, value, 1.0, interval, 8832, 31, "lower", {"flags": []})
    return Score(**{**asdict(base), **changes})


def make_report(name: str, scores: Sequence[Score], **changes: Any) -> dict[str, Any]:
    """A report.json as `storybench eval` writes it."""
    base = Report(
        dataset="didemosv",
        split="test",
        data_digest=DATA,
        predictions_digest=sha256_bytes(name.encode()),
        model={"name": name},
        protocol="sb-v1",
        n_stories=2208,
        scores=tuple(scores),
        versions={"storybench": "0.1.0"},
    )
    return {**asdict(base), "schema_version": 1, **changes}


def add_submission(
    board: Path,
    name: str,
    *reports: Mapping[str, Any],
    stories: Sequence[Story] = (),
    identity: Mapping[str, str] | None = None,
) -> Path:
    """Write a sound submission; the model draws each story's scenes under another seed."""
    results = [ReportRecord.model_validate(item) for item in reports]
    shift = int(sha256_bytes(name.encode())[:6], 16)
    drawn = [
        draw(story, Prediction(story.id, _scenes(story, shift)), result)
        for result in results[:1]
        for story in stories
    ]
    strips = [item for item in drawn if not isinstance(item, LeftOutRecord)]
    gallery = GalleryRecord(
        schema_version=1,
        strips=tuple(strip.record for strip in strips),
        left_out=tuple(item for item in drawn if isinstance(item, LeftOutRecord)),
    )
    files = {result_name(result): document(result) for result in results}
    files |= {strip.name: strip.jpeg for strip in strips}
    files[GALLERY] = document(gallery)
    who = identify(**{"name": name, "authors": "A. Student", **(identity or {})})
    folder = board / SUBMISSIONS / who.slug
    write_folder(folder, {**files, SUBMISSION: document(seal(files, who))})
    return folder


def _scenes(story: Story, shift: int) -> Image:
    return np.stack([scene(story.position + shift, k + 1) for k in range(len(story.targets))])


@dataclass(frozen=True)
class World:
    """Shards of eight stories, predictions for them, and the report that belongs to both."""

    data: Path
    predictions: Path
    report: Path

    def write_report(self, **changes: Any) -> None:
        """Write the report again with other fields."""
        stories, pictures = Stories(self.data, "test"), PredictionSet(self.predictions)
        base = make_report(
            "mine",
            [make_score()],
            dataset=stories.spec.name,
            data_digest=stories.digest,
            predictions_digest=pictures.digest,
            n_stories=len(stories),
        )
        write_json(self.report, {**base, **changes})


def make_world(
    root: Path, *, dataset: str = "toysv", seed: int = 0, licences: Sequence[str | None] = (BY,) * 3
) -> World:
    """Build shards, predictions and report below `root`."""
    data, predictions = root / "shards", root / "preds"
    stories = [make_story(f"s-{k}", 10 + k, licences=licences) for k in range(8)]
    write_shards(data, dataset, stories)
    write_predictions(data, predictions, seed=seed)
    made = World(data, predictions, root / "report.json")
    made.write_report()
    return made


def write_shards(data: Path, dataset: str, stories: Sequence[Story]) -> None:
    """One shard of these stories, with index and manifest."""
    data.mkdir(parents=True)
    path = data / shard_name("test", 0)
    with ShardWriter(path) as shard:
        rows = [shard.add(_story_record(k, item)) for k, item in enumerate(stories)]
    write_index(data / INDEX_NAME, [rows])
    entry = file_entry(path)
    shards = [
        ShardEntry(
            name=path.name, split="test", sha256=entry.sha256, size=entry.size, n_stories=len(rows)
        )
    ]
    manifest = make_manifest(
        StorySpec(name=dataset, version="1", n_targets=2),
        shards=shards,
        files=[file_entry(data / INDEX_NAME)],
        raw=[],
        options={},
        drops={},
        n_planned=len(rows),
        n_dropped=0,
    )
    write_manifest(data, manifest)


def write_predictions(data: Path, predictions: Path, *, seed: int = 0) -> None:
    """A whole run of another seed's scenes."""
    stories = Stories(data, "test")
    run = Run(
        dataset=stories.spec.name,
        split="test",
        data_digest=stories.digest,
        n_targets=2,
        model={"name": "mine"},
        seed=seed,
    )
    writer = PredictionWriter(predictions, run)
    for item in stories:
        writer.add(Prediction(item.id, _scenes(item, 100 + seed), seed=seed))
    writer.finish()


def _story_record(position: int, item: Story) -> StoryRecord:
    frames = tuple(
        FrameRecord(
            data=encode_png(frame.image),
            suffix="png",
            captions=frame.captions,
            origin=frame.origin,
            licence=frame.licence,
        )
        for frame in item.frames
    )
    return StoryRecord(item.id, "test", item.cluster, position, frames)


@pytest.fixture
def board(tmp_path: Path) -> Path:
    """An empty leaderboard folder."""
    path = tmp_path / "leaderboard"
    (path / SUBMISSIONS).mkdir(parents=True)
    return path


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A small whole world on disk."""
    return make_world(tmp_path)


@pytest.fixture
def new_world() -> Callable[..., World]:
    """`make_world`, for tests that need other data."""
    return make_world


@pytest.fixture
def predict() -> Callable[..., None]:
    """`write_predictions`, for tests that need another run."""
    return write_predictions


@pytest.fixture
def add() -> Callable[..., Path]:
    """`add_submission`."""
    return add_submission


@pytest.fixture
def report() -> Callable[..., dict[str, Any]]:
    """`make_report`."""
    return make_report


@pytest.fixture
def score() -> Callable[..., Score]:
    """`make_score`."""
    return make_score


@pytest.fixture
def story() -> Callable[..., Story]:
    """`make_story`."""
    return make_story
