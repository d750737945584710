"""Does a training that was killed or stopped make the very steps that it would have made?"""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from storybench.errors import InputError, MissingError
from storymodels.training import folder
from storymodels.training.log import read_metrics
from storymodels.training.stopping import Stopped
from tests.training.tiny import Interrupted, Tiny, run

ROOT = Path(__file__).resolve().parents[2]
CLOCK = ("rate", "seconds")


class Painter(Tiny):
    """Its sheets say by which weights they were drawn."""

    def draw(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(repr([p.tolist() for p in self.module.parameters()]))


class InterruptedPainter(Interrupted, Painter):
    """And one of which a Ctrl-C comes."""


def start(out: Path, *, pause: float, **recipe: Any) -> subprocess.Popen[str]:
    """A training in a process of its own."""
    asked = ["--pause", str(pause), "--recipe", json.dumps(recipe)]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.training.tiny", str(out), *asked],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_step(process: subprocess.Popen[str], out: Path, step: int) -> None:
    """Return once so many steps were logged."""
    deadline = time.monotonic() + 120
    while not out.is_dir() or not any(e["step"] >= step for e in read_metrics(out)):
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def curve(out: Path) -> list[dict[str, float]]:
    """What was logged, but for the clock."""
    return [
        {name: value for name, value in entry.items() if name not in CLOCK}
        for entry in read_metrics(out)
    ]


def tensors(out: Path) -> dict[str, torch.Tensor]:
    """Everything of the last checkpoint."""
    last = folder.newest(out)
    assert last is not None
    found = {}
    for path in last.rglob("*.safetensors"):
        for name, tensor in safetensors.torch.load_file(path).items():
            found[f"{path.name}:{name}"] = tensor
    return found


def assert_same(out: Path, like: Path) -> None:
    """Loss curve and checkpoint are equal, bit for bit."""
    assert curve(out) == curve(like)
    found, wanted = tensors(out), tensors(like)
    assert found.keys() == wanted.keys()
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)


@pytest.mark.slow
@pytest.mark.parametrize(
    "recipe",
    [
        {"clip": 0.5, "average": 0.9, "seed": 3},
        {"gradients": "sum", "window": "first-batch-alone", "schedule": "constant"},
    ],
    ids=["ours", "as released"],
)
def test_a_killed_run_goes_on_as_if_nothing_had_been(tmp_path: Path, recipe: dict) -> None:
    """SIGKILL in the middle of an epoch: the same loss curve, the same weights."""
    process = start(tmp_path / "killed", pause=0.05, **recipe)
    wait_for_step(process, tmp_path / "killed", 5)
    process.kill()
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL
    assert 5 <= len(read_metrics(tmp_path / "killed")) < 12, "it was over before it was killed"
    run(tmp_path / "killed", **recipe)
    run(tmp_path / "whole", **recipe)
    assert [entry["step"] for entry in curve(tmp_path / "killed")] == list(range(1, 13))
    assert_same(tmp_path / "killed", tmp_path / "whole")
    assert not list((tmp_path / "killed").rglob("*.partial"))


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_loses_no_step(tmp_path: Path, number: signal.Signals) -> None:
    """The step that is being made ends and is saved before the signal is obeyed."""
    process = start(tmp_path / "stopped", pause=0.05)
    wait_for_step(process, tmp_path / "stopped", 4)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode in (-number, 1, 130), errors
    n_before = len(read_metrics(tmp_path / "stopped"))
    last = folder.newest(tmp_path / "stopped")
    assert last is not None
    assert folder.step_of(last) == n_before < 12
    run(tmp_path / "stopped")
    run(tmp_path / "whole")
    assert_same(tmp_path / "stopped", tmp_path / "whole")


def test_a_line_that_was_torn_is_written_again(tmp_path: Path) -> None:
    """What came after the checkpoint is forgotten, half a line too."""
    run(tmp_path / "whole")
    run(tmp_path / "torn", n_steps=None)
    metrics = tmp_path / "torn" / "metrics.jsonl"
    metrics.write_bytes(metrics.read_bytes()[:-9])
    last = folder.newest(tmp_path / "torn")
    assert last is not None
    for path in sorted(last.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    last.rmdir()
    run(tmp_path / "torn")
    assert_same(tmp_path / "torn", tmp_path / "whole")


def test_a_run_that_is_over_is_left_as_it_is(tmp_path: Path) -> None:
    """Nothing is trained or written twice."""
    first = run(tmp_path)
    before = curve(tmp_path)
    again = run(tmp_path)
    assert (again.n_steps, again.checkpoint) == (first.n_steps, first.checkpoint)
    assert curve(tmp_path) == before
    assert again.loss == first.loss == before[-1]["loss"]


def test_another_recipe_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    """With what differs."""
    run(tmp_path, n_steps=1)
    sentence = r"found recipe\.batch 2 instead of 1, recipe\.rate 0\.5 instead of 0\.01\. Choose"
    with pytest.raises(InputError, match=sentence):
        run(tmp_path, n_steps=1, batch=2, rate=0.5)


def test_a_run_without_a_checkpoint_may_be_another(tmp_path: Path) -> None:
    """Nothing could go on from it; what it logged is forgotten."""
    broken = Tiny()
    torch.nn.init.constant_(dict(broken.module.named_parameters())["features.weight"], math.nan)
    with pytest.raises(InputError, match="found nan in step 1"):
        run(tmp_path / "out", broken, rate=0.5)
    assert (tmp_path / "out" / "run.json").is_file()
    run(tmp_path / "out")
    run(tmp_path / "like")
    assert_same(tmp_path / "out", tmp_path / "like")
    with pytest.raises(InputError, match=r"found recipe\.rate 0\.5 instead of 0\.01"):
        run(tmp_path / "out", rate=0.5)


def test_more_differences_than_can_be_read_are_counted(tmp_path: Path) -> None:
    """Three are named."""
    run(tmp_path, n_steps=1)
    with pytest.raises(InputError, match=r"n_epochs 5 instead of 4 and 2 more\."):
        run(tmp_path, n_steps=1, batch=2, accumulate=1, n_epochs=5, rate=0.5, seed=1)


def test_checkpoints_of_nobody_are_not_trained_on(tmp_path: Path) -> None:
    """They may be of any recipe."""
    (tmp_path / "checkpoints").mkdir()
    with pytest.raises(InputError, match=r"Expected run\.json beside the checkpoints"):
        run(tmp_path)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[]", r"Expected .*run\.json to hold keys with values, found \[\]\. Put back the file"),
        ("{}", r"Expected the key identity in .*run\.json, found none \(and 2 more\)\. Put back"),
        ("{", r"Expected JSON in .*run\.json, found an error"),
    ],
)
def test_a_run_that_does_not_say_what_it_is_is_refused(
    tmp_path: Path, text: str, sentence: str
) -> None:
    """It could be of any recipe."""
    run(tmp_path, n_steps=1)
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(InputError, match=sentence):
        run(tmp_path, n_steps=1)


def test_a_run_of_another_disk_is_not_gone_on_with(tmp_path: Path) -> None:
    """What the first process finds, all must find: the same file, the same checkpoint."""
    for name, n_steps in (("here", 3), ("there", 2)):
        run(tmp_path / name, n_steps=n_steps)
    view = folder.viewed(tmp_path / "here")
    assert view.checkpoint == "step-00000003"
    identity = json.loads((tmp_path / "here" / "run.json").read_bytes())["identity"]
    folder.expect_begun(tmp_path / "here", identity, view)
    with pytest.raises(InputError, match=r"and step-00000002 where .* finds .* step-00000003\."):
        folder.expect_begun(tmp_path / "there", identity, view)
    with pytest.raises(InputError, match=r"found of \"another\" instead of \"tiny\""):
        folder.expect_begun(tmp_path / "here", {**identity, "of": "another"}, view)


@pytest.mark.slow
def test_a_file_is_no_folder_for_a_run(tmp_path: Path) -> None:
    """It is left as it is."""
    (tmp_path / "run").write_text("mine")
    with pytest.raises(InputError, match=r"Expected a folder for the run at .*, found a file\."):
        run(tmp_path / "run")
    assert (tmp_path / "run").read_text() == "mine"


def test_two_trainings_never_share_a_folder(tmp_path: Path) -> None:
    """The second is told so."""
    process = start(tmp_path, pause=0.1)
    wait_for_step(process, tmp_path, 1)
    with pytest.raises(InputError, match="Expected no other training, found one at work there"):
        run(tmp_path)
    process.kill()
    process.communicate(timeout=30)


def test_a_broken_checkpoint_is_said_to_be_broken(tmp_path: Path) -> None:
    """Half a file, or none."""
    trained = run(tmp_path, Tiny(), n_steps=3)
    moments = trained.checkpoint / "state" / "optimiser.safetensors"
    whole = moments.read_bytes()
    moments.write_bytes(whole[:-20])
    with pytest.raises(InputError, match="found one that is not whole"):
        run(tmp_path, n_steps=3)
    moments.unlink()
    with pytest.raises(MissingError, match=r"Expected the file .*optimiser\.safetensors"):
        run(tmp_path, n_steps=3)


@pytest.mark.parametrize("file", ["optimiser", "raw"])
def test_a_state_without_a_tensor_is_refused(tmp_path: Path, file: str) -> None:
    """No moment begins anew, unseen; one too many or of another shape is none of ours."""
    trained = run(tmp_path, n_steps=3, average=0.9)
    path = trained.checkpoint / "state" / f"{file}.safetensors"
    tensors = safetensors.torch.load_file(path)
    name = "head.weight/exp_avg" if file == "optimiser" else "head.weight"
    others = {key: tensor for key, tensor in tensors.items() if key != name}
    for found, sentence in (
        (
            others,
            rf"Expected the tensor {name} in .*, found none\. Delete this checkpoint to go on",
        ),
        ({**tensors, "tail": torch.ones(1)}, r"Expected no tensor tail in .*, found it there\."),
        ({**tensors, name: tensors[name][:1]}, rf"{name} of shape \[3, 8\] in .*, found \[1, 8\]"),
    ):
        safetensors.torch.save_file({key: t.contiguous() for key, t in found.items()}, path)
        with pytest.raises(InputError, match=sentence):
            run(tmp_path, n_steps=3, average=0.9)


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    """In a sentence, though what they are of is said to be the same."""
    run(tmp_path, n_steps=3)
    with pytest.raises(InputError, match=r"of shape \[4, 8\] in .*, found \[8, 8\]"):
        run(tmp_path, Tiny(width=4), n_steps=3)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (None, r"Expected the key step in .*place\.json, found none \(and 3 more\)\. Delete this"),
        ({"seconds": "long"}, r"Expected seconds in .*place\.json to be a number, found 'long'\."),
        ({"step": 2}, r"Expected step 3 in .*place\.json, found 2\. Delete this checkpoint to go"),
        ({"seed": 7}, r"Expected seed 0 in .*place\.json, found 7\. Delete this checkpoint to go"),
        ({"scaler": {"scale": 1.0}}, r"Expected a scaler with nothing in .*, found scale\. Delete"),
    ],
)
def test_a_place_that_is_another_is_refused(
    tmp_path: Path, change: dict[str, Any] | None, sentence: str
) -> None:
    """Of another step, another seed, another precision, or of none."""
    trained = run(tmp_path, n_steps=3)
    path = trained.checkpoint / "state" / "place.json"
    place = json.loads(path.read_bytes())
    path.write_text(json.dumps({} if change is None else {**place, **change}))
    with pytest.raises(InputError, match=sentence):
        run(tmp_path, n_steps=3)


def test_a_run_that_was_stopped_is_not_taken_for_finished(tmp_path: Path) -> None:
    """Even where whoever had the signal lets it pass."""
    before = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        with pytest.raises(Stopped, match="Stopped after step 1 of 12, which is saved"):
            run(tmp_path / "stopped", Interrupted())
    finally:
        signal.signal(signal.SIGINT, before)
    assert folder.newest(tmp_path / "stopped") == folder.checkpoint_of(tmp_path / "stopped", 1)
    assert run(tmp_path / "stopped").n_steps == 12


@pytest.mark.parametrize("average", [None, 0.9])
def test_a_sheet_that_a_stop_came_before_is_drawn(tmp_path: Path, average: float | None) -> None:
    """When the run goes on, by the very weights of that step."""
    before = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        with pytest.raises(Stopped):
            run(tmp_path / "stopped", InterruptedPainter(), sample_every=1, average=average)
    finally:
        signal.signal(signal.SIGINT, before)
    first = folder.sample_path(tmp_path / "stopped", 1)
    assert not first.exists()
    run(tmp_path / "stopped", Painter(), sample_every=1, average=average)
    run(tmp_path / "whole", Painter(), sample_every=1, average=average)
    assert_same(tmp_path / "stopped", tmp_path / "whole")
    for step in range(1, 13):
        sheets = [folder.sample_path(tmp_path / name, step) for name in ("stopped", "whole")]
        assert sheets[0].read_bytes() == sheets[1].read_bytes(), step
    written = first.stat().st_mtime_ns
    run(tmp_path / "stopped", Painter(), sample_every=1, average=average)
    assert first.stat().st_mtime_ns == written


@pytest.mark.parametrize("name", ["model.json", "model.safetensors"])
def test_a_model_that_is_not_as_it_was_written_is_refused(tmp_path: Path, name: str) -> None:
    """One byte of another value, or no file at all; one without hashes is trusted."""
    trained = run(tmp_path, n_steps=3)
    path = trained.checkpoint / name
    whole = path.read_bytes()
    path.write_bytes(whole[:-2] + bytes([whole[-2] ^ 1]) + whole[-1:])
    sentence = rf"Expected .*{name} as it was written, found other bytes\. Copy it again, or delete"
    with pytest.raises(InputError, match=sentence):
        run(tmp_path, n_steps=3)
    path.unlink()
    with pytest.raises(MissingError, match=rf"Expected the file .*{name}, found none\. Copy it"):
        run(tmp_path, n_steps=3)
    path.write_bytes(whole)
    (trained.checkpoint / "state" / "sha256.json").unlink()
    assert run(tmp_path, n_steps=3).n_steps == 3


def test_a_log_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """In a sentence, and the file stays as it is."""
    run(tmp_path, n_steps=3)
    path = tmp_path / "metrics.jsonl"
    damaged = b"\xff\xfe" + path.read_bytes()
    path.write_bytes(damaged)
    with pytest.raises(
        InputError, match=r"of UTF-8 text in .*metrics\.jsonl, found other bytes at"
    ):
        run(tmp_path, n_steps=3)
    assert path.read_bytes() == damaged


@pytest.mark.parametrize("line", ['{"step": "one"}', '{"step": Infinity}', "[1]", "\0\0"])
def test_a_line_that_is_none_of_the_log_is_forgotten(tmp_path: Path, line: str) -> None:
    """As one that was torn is."""
    run(tmp_path, n_steps=3)
    whole = (tmp_path / "metrics.jsonl").read_text()
    (tmp_path / "metrics.jsonl").write_text(f"{whole}{line}\n")
    run(tmp_path, n_steps=3)
    assert (tmp_path / "metrics.jsonl").read_text() == whole
