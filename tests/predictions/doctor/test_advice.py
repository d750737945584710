"""What the doctor advises can be typed as it stands, and repairs the set."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from storybench.checkup import render_page
from storybench.cli.app import make_app
from storybench.images import encode_png
from storybench.predictions import PredictionSet
from storybench.predictions.doctor import examine
from storybench.predictions.doctor.typed import Typed
from storybench.shards.reader import Stories
from tests.factories import make_predictions, make_shards
from tests.predictions.doctor.faults import frame_major
from tests.predictions.doctor.world import Frames, World, make_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A small world of its own."""
    return make_world(tmp_path_factory.mktemp("advice"), stories=200)


def in_batches(folder: Path, frames: Frames, size: int = 4) -> None:
    """AR-LDM's files: numbered frame by frame within a batch."""
    number = 0
    folder.mkdir(parents=True)
    for start in range(0, len(frames), size):
        for column in frames[start : start + size].swapaxes(0, 1):
            for image in column:
                (folder / f"{number:04d}.png").write_bytes(encode_png(image))
                number += 1


def by_story(folder: Path, frames: Frames, ids: tuple[str, ...]) -> None:
    """Folders named by story id."""
    for story_id, row in zip(ids, frames, strict=True):
        (folder / story_id).mkdir(parents=True)
        for k, image in enumerate(row, start=1):
            (folder / story_id / f"{k}.png").write_bytes(encode_png(image))


def two_runs(folder: Path, frames: Frames, ids: tuple[str, ...]) -> None:
    """Two runs side by side, one with a space in its name."""
    for name in ("guided 3", "plain"):
        by_story(folder / name, frames, ids)


def typed(*words: object) -> tuple[int, str]:
    """A command: its exit code and all that it printed, on one line."""
    done = CliRunner().invoke(make_app(), [str(word) for word in words])
    return done.exit_code, " ".join(done.output.split())


def commands(said: str) -> list[list[str]]:
    """The two commands that repair, as a shell would read them."""
    start = said.index("storybench doctor ")
    end = said.index("--mapping order.csv", start) + len("--mapping order.csv")
    return [shlex.split(one)[1:] for one in said[start:end].split("; ")]


WRITES: dict[str, tuple[Callable[..., None], str, tuple[str, ...]]] = {
    "batches": (
        lambda folder, frames, _: in_batches(folder, frames),
        "test",
        ("--batch-size", "1"),
    ),
    "runs": (two_runs, "test", ("--run", "guided 3")),
    "val": (by_story, "val", ("--split", "val")),
}


VERBS = {"eval": ("eval", "--extractor", "twin", "--preds"), "doctor": ("doctor",)}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("case", WRITES)
def test_the_advised_commands_restore_every_picture(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str, case: str
) -> None:
    """Typed as `eval` and `doctor` print them, whatever the layout was told."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "2000")
    write, split, told = WRITES[case]
    frames, ids = world.drawn("good", split), world.stories(split).ids
    write(Path("my set"), frames if case == "batches" else frame_major(frames, None, None), ids)
    code, said = typed(*VERBS[verb], "my set", "--data", world.shards, *told)
    assert (code, "misaligned" in said) == (2, True), said
    mapping, repair = commands(said)
    assert typed(*mapping)[0] == 2
    code, said = typed(*repair)
    assert code == 0, said
    fixed = PredictionSet(tmp_path / "my set.fixed")
    for story_id, row in zip(ids, frames, strict=True):
        assert np.array_equal(fixed.load(story_id).frames, row)
    following = f"storybench eval --preds 'my set.fixed' --data {world.shards}"
    assert said.endswith(following + (" --split val" if split == "val" else "")), said


def test_it_is_said_that_slots_were_lost(world: World, tmp_path: Path) -> None:
    """A mapping cannot fill what no picture shows; then there is nothing to convert yet."""
    frames, ids = world.drawn("good"), world.stories("test").ids
    by_story(tmp_path / "on", np.roll(frames, -1, axis=0), ids)
    code, said = typed("doctor", tmp_path / "on", "--data", world.shards)
    assert code == 2
    assert "(no picture shows 4 of the slots: sample those again first)" in said


def test_a_set_of_another_split_is_told_in_one_sentence(tmp_path: Path) -> None:
    """By `eval`, by `doctor` and on its page: which split it is of, and what to say."""
    shards = make_shards(tmp_path / "shards", stories={"val": 3, "test": 3})
    val, test = (Stories(shards, split) for split in ("val", "test"))
    preds = tmp_path / "preds"
    make_predictions(preds, val.ids, split="val", data_digest=val.digest)
    sentence = "Expected predictions of the split test, found ones of val."
    remedy = "Use --split val, or generate again."
    code, said = typed(*VERBS["eval"], preds, "--data", shards)
    assert code == 2
    assert f"{sentence} {remedy}" in said
    code, said = typed("doctor", preds, "--data", shards)
    assert code == 2
    assert f"{sentence} {remedy}" in said
    assert "No folder is named" not in said
    found = examine(preds, story_ids=test.ids, n_targets=test.spec.n_targets, truth=test)
    assert [one.kind for one in found.faults] == ["other run"]
    page = render_page(found, PredictionSet(preds), test, typed=Typed(shards))
    assert sentence in page
    assert remedy in page
