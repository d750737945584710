"""`generate`: a model draws from prompts alone, the same pictures however often it is stopped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from storybench.errors import (
    InputError,
    MissingError,
    PredictionError,
    UnknownNameError,
    VerificationError,
)
from storybench.generate import generate, story_seed
from storybench.predictions import examine
from storybench.registry import load
from storybench.shards.index import index_rows, read_index
from storybench.shards.reader import Stories
from storybench.types import Prediction, Story, StoryPrompt
from tests.factories import make_shards


class Noise:
    """A model that draws from the seed alone and remembers what it was shown."""

    def __init__(self) -> None:
        self.prompts: list[StoryPrompt] = []
        self.seeds: list[int] = []
        self.train: list[Sequence[Story]] = []

    def describe(self) -> Mapping[str, Any]:
        return {"name": "noise"}

    def prepare(self, train: Sequence[Story]) -> None:
        self.train.append(train)

    def generate(self, prompt: StoryPrompt, *, seed: int) -> Prediction:
        self.prompts.append(prompt)
        self.seeds.append(seed)
        generator = np.random.default_rng(seed)
        shape = (prompt.n_targets, 64, 64, 3)
        return Prediction(prompt.id, generator.integers(0, 256, shape, dtype=np.uint8), seed=seed)


Register = Callable[[Any], None]


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Register:
    """Make a model the only one that is installed, under the name "spy"."""

    def enter(model: Any) -> None:
        monkeypatch.setattr("storybench.generate.finding.load", lambda kind, name: lambda: model)

    return enter


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    """Four stories to learn from, four to continue."""
    return make_shards(tmp_path / "shards")


def tree(directory: Path) -> dict[str, bytes]:
    """Every file with its bytes, hidden ones too."""
    paths = sorted(path for path in directory.rglob("*") if path.is_file())
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in paths}


def test_every_story_of_the_split_is_predicted(shards: Path, tmp_path: Path) -> None:
    """The result is what the doctor asks for, made from this very build."""
    predictions = generate("copy-source", shards, tmp_path / "preds")
    test = Stories(shards, "test")
    diagnosis = examine(
        tmp_path / "preds", story_ids=test.ids, n_targets=2, data_digest=test.digest
    )
    assert diagnosis.faults == ()
    assert predictions.manifest is not None
    assert (predictions.manifest.dataset, predictions.manifest.split) == ("toy", "test")
    assert predictions.model == load("models", "copy-source")().describe()


def test_a_model_sees_prompts_only(shards: Path, tmp_path: Path, register: Register) -> None:
    """Source and captions of each story; no object that a target could be reached from."""
    spy = Noise()
    register(spy)
    generate("spy", shards, tmp_path / "preds")
    for prompt, story in zip(spy.prompts, Stories(shards, "test"), strict=True):
        assert type(prompt) is StoryPrompt
        assert set(vars(prompt)) == {"id", "source", "captions"}
        assert type(prompt.source) is np.ndarray
        np.testing.assert_array_equal(prompt.source, story.source.image)
        assert prompt.captions == story.captions


def test_the_target_pictures_are_not_even_read(shards: Path, tmp_path: Path) -> None:
    """With every target of the split overwritten by zeros, the same predictions come out."""
    expected = tree(generate("nearest-train", shards, tmp_path / "before").directory)
    for row in index_rows(read_index(shards / "stories.parquet")):
        if row.split == "test":
            blank(shards / row.shard, row.offsets[1:3], row.sizes[1:3])
    with pytest.raises(VerificationError, match="test-000"):
        Stories(shards, "test").image(0, 1)
    assert tree(generate("nearest-train", shards, tmp_path / "after").directory) == expected


def blank(tar: Path, offsets: Sequence[int], sizes: Sequence[int]) -> None:
    """Overwrite some members of a tar with zeros."""
    with tar.open("r+b") as file:
        for offset, size in zip(offsets, sizes, strict=True):
            file.seek(offset)
            file.write(bytes(size))


def test_a_model_is_prepared_once_with_the_training_stories(
    shards: Path, tmp_path: Path, register: Register
) -> None:
    """Training stories are those of the same build, before the first prompt."""
    spy = Noise()
    register(spy)
    generate("spy", shards, tmp_path / "preds")
    (train,) = spy.train
    assert [story.id for story in train] == list(Stories(shards, "train").ids)


def test_without_a_training_split_a_model_is_prepared_with_nothing(
    tmp_path: Path, register: Register
) -> None:
    """An empty sequence, not an error: many models need no training stories."""
    spy = Noise()
    register(spy)
    generate("spy", make_shards(tmp_path / "shards", stories={"test": 2}), tmp_path / "preds")
    assert [len(train) for train in spy.train] == [0]


def test_seeds_belong_to_stories(shards: Path, tmp_path: Path, register: Register) -> None:
    """The seed is a hash of run seed and story id, so the order of the stories does not matter."""
    spy = Noise()
    register(spy)
    generate("spy", shards, tmp_path / "preds", seed=5)
    assert spy.seeds == [story_seed(5, prompt.id) for prompt in spy.prompts]
    assert len(set(spy.seeds)) == 4


def test_story_seeds_stay_what_they_are() -> None:
    """A golden value: a change here would change every published picture."""
    assert story_seed(0, "p-0001") == 9130885506086574498
    assert story_seed(1, "p-0001") != story_seed(0, "p-0001") != story_seed(0, "p-0002")


def test_a_seed_decides_the_pictures(shards: Path, tmp_path: Path, register: Register) -> None:
    """The same seed gives the same bytes, another gives others."""
    register(Noise())
    first = tree(generate("spy", shards, tmp_path / "a", seed=1).directory)
    assert tree(generate("spy", shards, tmp_path / "b", seed=1).directory) == first
    assert tree(generate("spy", shards, tmp_path / "c", seed=2).directory) != first


class Stopped(Noise):
    """Stops with Ctrl-C at its third story."""

    def generate(self, prompt: StoryPrompt, *, seed: int) -> Prediction:
        if len(self.prompts) == 2:
            raise KeyboardInterrupt
        return super().generate(prompt, seed=seed)


def test_a_stopped_run_continues_where_it_was(
    shards: Path, tmp_path: Path, register: Register
) -> None:
    """Only what is missing is drawn, and the end is the same as without the stop."""
    register(Noise())
    whole = tree(generate("spy", shards, tmp_path / "whole").directory)
    register(Stopped())
    with pytest.raises(KeyboardInterrupt):
        generate("spy", shards, tmp_path / "preds")
    spy = Noise()
    register(spy)
    calls: list[tuple[int, int, str]] = []
    generate("spy", shards, tmp_path / "preds", on_progress=lambda *call: calls.append(call))
    assert [prompt.id for prompt in spy.prompts] == ["test-002", "test-003"]
    assert calls == [(3, 4, "stories"), (4, 4, "stories")]
    assert tree(tmp_path / "preds") == whole


def test_a_finished_run_is_left_alone(shards: Path, tmp_path: Path, register: Register) -> None:
    """Running it again prepares nothing, draws nothing and changes nothing."""
    register(Noise())
    generate("spy", shards, tmp_path / "preds")
    before = tree(tmp_path / "preds")
    spy = Noise()
    register(spy)
    generate("spy", shards, tmp_path / "preds")
    assert (spy.train, spy.prompts) == ([], [])
    assert tree(tmp_path / "preds") == before


def test_a_limit_takes_the_first_stories_and_the_rest_can_follow(
    shards: Path, tmp_path: Path
) -> None:
    """A quick look is a beginning of the whole run."""
    assert generate("copy-source", shards, tmp_path / "preds", limit=2).story_ids == (
        "test-000",
        "test-001",
    )
    generate("copy-source", shards, tmp_path / "preds")
    generate("copy-source", shards, tmp_path / "whole")
    assert tree(tmp_path / "preds") == tree(tmp_path / "whole")


def test_a_folder_of_another_run_is_refused(shards: Path, tmp_path: Path) -> None:
    """Pictures of two models never share a folder."""
    generate("copy-source", shards, tmp_path / "preds")
    with pytest.raises(PredictionError, match="found another: now model"):
        generate("nearest-train", shards, tmp_path / "preds")


class Wrong(Noise):
    """Returns something else than it should."""

    def __init__(self, prediction: Prediction) -> None:
        super().__init__()
        self.prediction = prediction

    def generate(self, prompt: StoryPrompt, *, seed: int) -> Prediction:
        return self.prediction


@pytest.mark.parametrize(
    ("story_id", "shape", "dtype", "message"),
    [
        ("test-000", (2, 64, 80, 3), np.uint8, "80 x 64 pixels, which are not square"),
        ("test-000", (2, 32, 32, 3), np.uint8, "frames of 32 x 32 pixels"),
        ("test-000", (3, 64, 64, 3), np.uint8, r"expected 2 .* found shape \(3, 64, 64, 3\)"),
        ("test-000", (2, 3, 64, 64), np.uint8, r"found shape \(2, 3, 64, 64\)"),
        ("test-000", (2, 64, 64, 3), np.float32, "found dtype float32"),
        ("test-001", (2, 64, 64, 3), np.uint8, "a prediction of this story, found .*'test-001'"),
    ],
)
def test_wrong_output_names_the_model(
    shards: Path,
    tmp_path: Path,
    register: Register,
    story_id: str,
    shape: tuple[int, ...],
    dtype: Any,
    message: str,
) -> None:
    """Shape, type, size and story are checked, and the author knows whose fault it is."""
    register(Wrong(Prediction(story_id, np.zeros(shape, dtype))))
    with pytest.raises(PredictionError, match=f"Model 'spy', story test-000: .*{message}"):
        generate("spy", shards, tmp_path / "preds")
    assert not (tmp_path / "preds").exists()


def test_an_unknown_model_lists_close_names(shards: Path, tmp_path: Path) -> None:
    """A slip of the keyboard is answered with the name that was meant."""
    with pytest.raises(UnknownNameError, match="Did you mean copy-source"):
        generate("copy-sorce", shards, tmp_path / "preds")


@pytest.mark.parametrize("options", [{}, {"batch": 2}], ids=["alone", "with options"])
def test_a_name_may_have_been_meant_as_a_path(
    shards: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    """So names and checkpoints are answered with, whatever else was asked for."""
    message = r"Known: .*copy-source, .*\. Nor is there a checkpoint at nowhere\."
    with pytest.raises(UnknownNameError, match=message):
        generate("nowhere", shards, tmp_path / "preds", options=options)


def test_an_unknown_split_is_refused(shards: Path, tmp_path: Path) -> None:
    """The splits that exist are listed."""
    with pytest.raises(InputError, match=r"one of the splits .*, found 'dev'"):
        generate("copy-source", shards, tmp_path / "preds", split="dev")


def test_shards_that_are_not_there_are_missing(tmp_path: Path) -> None:
    """Nothing is made without data."""
    with pytest.raises(MissingError, match="Expected a folder of shards"):
        generate("copy-source", tmp_path / "nowhere", tmp_path / "preds")


def test_an_empty_split_is_refused(tmp_path: Path) -> None:
    """A split whose stories were all dropped gives no empty result."""
    shards = make_shards(tmp_path / "shards", stories={"train": 1, "test": 0})
    with pytest.raises(InputError, match="Expected stories to continue, found none"):
        generate("copy-source", shards, tmp_path / "preds")


def test_a_limit_below_one_is_refused(shards: Path, tmp_path: Path) -> None:
    """No silent nothing."""
    with pytest.raises(InputError, match="limit of at least 1 story, found 0"):
        generate("copy-source", shards, tmp_path / "preds", limit=0)


def test_the_example_of_the_readme_draws(shards: Path, tmp_path: Path) -> None:
    """What it tells authors to write is a model."""
    text = (Path(__file__).parents[2] / "baselines" / "README.md").read_text()
    code = text.split("```python\n")[1].split("```")[0]
    made: dict[str, Any] = {}
    exec(code, made)
    drawn = generate(made["MeanColour"](), shards, tmp_path / "preds")
    story = Stories(shards, "test")[0]
    colour = story.source.image.mean((0, 1)).astype(np.uint8)
    assert (drawn.load(story.id).frames == colour).all()
