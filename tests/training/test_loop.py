"""Does a training learn what it should, touch nothing else, and leave what it promises?"""

from __future__ import annotations

import copy
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from storybench.errors import InputError, MissingError, NoSpaceError
from storymodels.training.average import Average
from storymodels.training.log import read_metrics
from storymodels.training.machine import Machine
from storymodels.training.plan import Plan
from storymodels.training.recipe import Recipe
from storymodels.training.state import write_tensors
from storymodels.training.stepping import seed_of
from tests.syncing import lost_by_power_cuts
from tests.training.tiny import Batch, Interrupted, Net, Tiny, run


def by_hand(recipe: Recipe) -> tuple[nn.Module, list[float]]:
    """The weights after a training without dropout, and its losses, from torch alone."""
    task = Tiny(dropout=0.0)
    net, plan = task.module, Plan(10, recipe)
    net.requires_grad_(False)
    moved = [p for name, p in net.named_parameters() if name in task.moved]
    for parameter in moved:
        parameter.requires_grad_(True)
    optimiser = torch.optim.AdamW(moved, lr=1.0, betas=(0.9, 0.99), weight_decay=0.0)
    losses = []
    for step, parts in plan.steps(0):
        items = [item for part in parts for item in part.items]
        (batch,) = task.batches(0, [items])
        loss = nn.functional.cross_entropy(net(batch.seen), batch.said)
        optimiser.param_groups[0]["lr"] = recipe.rate * recipe.rates(plan.n_steps).factor(step)
        optimiser.zero_grad()
        loss.backward()
        if recipe.clip is not None:
            nn.utils.clip_grad_norm_(moved, recipe.clip)
        optimiser.step()
        losses.append(loss.item())
    return net, losses


@pytest.mark.parametrize("clip", [None, 0.05])
def test_accumulated_steps_are_those_of_whole_batches(tmp_path: Path, clip: float | None) -> None:
    """Averaged over the items of a step, in the short last one of an epoch too; clipped after."""
    recipe = Recipe(n_epochs=4, rate=0.01, clip=clip)
    net, losses = by_hand(recipe)
    task = Tiny(dropout=0.0)
    run(tmp_path, task, clip=clip)
    found = [entry["loss"] for entry in read_metrics(tmp_path)]
    assert found == pytest.approx(losses, abs=1e-6)
    for ours, theirs in zip(task.module.parameters(), net.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=2e-6)


def test_what_does_not_move_stays_bit_for_bit(tmp_path: Path) -> None:
    """And every parameter that is listed moves."""
    task = Tiny()
    before = copy.deepcopy(task.module.state_dict())
    run(tmp_path, task, n_steps=1)
    after = task.module.state_dict()
    assert {name for name in after if not torch.equal(after[name], before[name])} == set(task.moved)


def test_a_name_that_is_none_is_refused(tmp_path: Path) -> None:
    """Rather than freeze what was meant."""
    task = Tiny()
    task.moved = ["body.0.weight", "heads.weight"]
    with pytest.raises(ValueError, match=r"found heads\.weight"):
        run(tmp_path, task)


def test_it_learns(tmp_path: Path) -> None:
    """The loss of an easy task goes down."""
    run(tmp_path, Tiny(dropout=0.0), n_steps=60, rate=0.03)
    losses = [entry["loss"] for entry in read_metrics(tmp_path)]
    assert sum(losses[-5:]) < 0.5 * sum(losses[:5])


def test_every_logged_step_has_its_numbers(tmp_path: Path) -> None:
    """Step, epoch, loss and its parts, rates, seconds; for TensorBoard too."""
    trained = run(tmp_path, clip=1.0, schedule="linear")
    found = read_metrics(tmp_path)
    assert [entry["step"] for entry in found] == list(range(1, 13))
    assert [entry["epoch"] for entry in found] == [k // 3 for k in range(12)]
    assert found[0].keys() == {
        "step", "epoch", "loss", "spread", "rate", "seconds", "learning_rate", "gradient_norm",
    }  # fmt: skip
    assert [e["learning_rate"] for e in found] == pytest.approx(
        [0.01 * (1 - k / 12) for k in range(12)]
    )
    assert all(a["seconds"] < b["seconds"] for a, b in pairwise(found))
    assert trained.loss == found[-1]["loss"]
    assert list((tmp_path / "tensorboard").glob("events.*"))


def test_fewer_steps_may_be_logged(tmp_path: Path) -> None:
    """Every so manieth, and the last."""
    run(tmp_path, log_every=5)
    assert [entry["step"] for entry in read_metrics(tmp_path)] == [5, 10, 12]


def test_a_run_leaves_what_it_promises(tmp_path: Path) -> None:
    """The newest checkpoints, samples, and who it was; nothing that is pickled, nothing hidden."""
    task = Tiny()
    trained = run(tmp_path, task, sample_every=4, keep=2)
    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == [
        "step-00000009",
        "step-00000012",
    ]
    assert trained.checkpoint == tmp_path / "checkpoints" / "step-00000012"
    files = {str(p.relative_to(trained.checkpoint)) for p in trained.checkpoint.rglob("*")}
    assert files == {
        "model.json", "model.safetensors", "state", "state/optimiser.safetensors",
        "state/place.json", "state/sha256.json",
    }  # fmt: skip
    assert [path.name for path in task.drawn] == [
        "step-00000004.png", "step-00000008.png", "step-00000012.png",
    ]  # fmt: skip
    about = json.loads((tmp_path / "run.json").read_bytes())
    assert about["identity"]["of"] == "tiny"
    assert about["identity"]["recipe"]["rate"] == 0.01
    assert about.keys() == {"schema_version", "identity", "versions", "command"}


def test_a_power_cut_takes_nothing_of_a_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it is on the disk before it has its name."""
    lost = lost_by_power_cuts(monkeypatch)
    run(tmp_path, average=0.9, n_steps=1)
    assert not lost


def test_what_a_killed_run_left_is_cleared(tmp_path: Path) -> None:
    """Half a checkpoint of another step, which nobody will write again."""
    (tmp_path / "checkpoints" / ".step-00000007.partial" / "state").mkdir(parents=True)
    (tmp_path / "run.json").write_text("{}")
    run(tmp_path, n_steps=1)
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["step-00000001"]


def test_drawing_changes_nothing(tmp_path: Path) -> None:
    """Whoever looks at samples has the same losses as who does not."""
    run(tmp_path / "a", sample_every=1)
    run(tmp_path / "b")
    assert losses(tmp_path / "a") == losses(tmp_path / "b")


def test_recomputed_activations_change_nothing(tmp_path: Path) -> None:
    """Dropout is drawn again as it was."""
    run(tmp_path / "a", machine=Machine(recomputes=True))
    run(tmp_path / "b")
    assert losses(tmp_path / "a") == pytest.approx(losses(tmp_path / "b"), abs=1e-6)


def test_the_model_of_a_checkpoint_is_the_average(tmp_path: Path) -> None:
    """And the weights as they are stand in its state."""
    task = Tiny()
    trained = run(tmp_path, task, average=0.9, n_steps=3)
    model = safetensors.torch.load_file(trained.checkpoint / "model.safetensors")
    raw = safetensors.torch.load_file(trained.checkpoint / "state" / "raw.safetensors")
    state = task.module.state_dict()
    assert raw.keys() == set(task.moved)
    assert all(torch.equal(raw[name], state[name]) for name in raw)
    assert not any(torch.equal(model[name], state[name]) for name in raw)
    assert all(torch.equal(model[name], state[name]) for name in model.keys() - raw.keys())


def test_short_numbers_learn_as_well(tmp_path: Path) -> None:
    """In bf16 losses are near those of fp32, and weights are fp32 on disk."""
    trained = run(tmp_path / "a", precision="bf16", n_steps=10)
    run(tmp_path / "b", n_steps=10)
    assert losses(tmp_path / "a") == pytest.approx(losses(tmp_path / "b"), abs=0.05)
    assert losses(tmp_path / "a") != losses(tmp_path / "b")
    model = safetensors.torch.load_file(trained.checkpoint / "model.safetensors")
    assert {tensor.dtype for tensor in model.values()} == {torch.float32}


@pytest.mark.usefixtures("pretended_gpu")
@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_a_gpu_learns_what_a_processor_learns(tmp_path: Path, precision: str) -> None:
    """Goes on after a stop too; in fp16 the loss is scaled, and the scale is kept."""
    asked: dict[str, Any] = {"average": 0.9, "clip": 1.0}
    there = {"machine": Machine("cuda"), "precision": precision, **asked}
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "a", Interrupted(), **there)
    assert len(losses(tmp_path / "a")) < 12
    run(tmp_path / "a", **there)
    run(tmp_path / "b", machine=Machine("cpu"), **asked)
    assert losses(tmp_path / "a") == pytest.approx(losses(tmp_path / "b"), abs=1e-5)
    assert read_metrics(tmp_path / "a")[-1]["memory"] > 0


def test_what_the_machine_cannot_do_is_said(tmp_path: Path) -> None:
    """fp16 without a GPU, or a GPU that is not there."""
    cpu = Machine(device="cpu")
    with pytest.raises(InputError, match="Expected a GPU for fp16, found none"):
        run(tmp_path, machine=cpu, precision="fp16")
    if not torch.cuda.is_available():
        with pytest.raises(MissingError, match="Expected a GPU for --device cuda, found none"):
            run(tmp_path, machine=Machine(device="cuda"))


def test_a_wrong_recipe_leaves_no_folder(tmp_path: Path) -> None:
    """As a warm-up that is longer than the training."""
    with pytest.raises(InputError, match="Expected fewer steps of warm-up than the 12"):
        run(tmp_path / "out", n_warm_up=12)
    assert not (tmp_path / "out").exists()


def test_a_loss_that_is_no_number_ends_the_training(tmp_path: Path) -> None:
    """Nothing after it is saved."""
    task = Tiny()
    assert isinstance(task.module, Net)
    task.module.features.weight.data.fill_(float("nan"))
    with pytest.raises(InputError, match="found nan in step 1"):
        run(tmp_path, task)
    assert not (tmp_path / "checkpoints").exists()


class Steep(Tiny):
    """A loss that is a number, with a gradient that is none, as of a root at 0."""

    def losses(self, module: nn.Module, batch: Batch) -> dict[str, Tensor]:
        found = dict(super().losses(module, batch))
        zero = found["loss"] - found["loss"].detach()
        return {**found, "loss": found["loss"].detach() + zero.sqrt()}


@pytest.mark.parametrize("average", [None, 0.9])
@pytest.mark.parametrize("kept", [{}, {"checkpoint_every": 1}, {"sample_every": 1}])
def test_weights_that_diverged_are_neither_saved_nor_drawn(
    tmp_path: Path, average: float | None, kept: dict[str, Any]
) -> None:
    """Though the loss, which is from before the step, is a number."""
    task = Steep()
    sentence = r"Expected weights that are numbers, found .* diverged after step 1\. Begin again"
    with pytest.raises(InputError, match=sentence):
        run(tmp_path, task, n_steps=1, average=average, clip=None, **kept)
    assert not (tmp_path / "checkpoints").exists()
    assert not task.drawn
    assert read_metrics(tmp_path)[0]["loss"] < 10


def test_an_average_that_diverged_is_not_saved(tmp_path: Path) -> None:
    """Though the weights are numbers: the average is what would be drawn from."""

    class Odd(Average):
        def update(self, step: int) -> None:
            self.tensors["head.bias"].fill_(1e30)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("storymodels.training.stepping.Average", Odd)
        with pytest.raises(InputError, match=r"found head\.bias diverged after step 3\."):
            run(tmp_path, average=0.9)
    assert not (tmp_path / "checkpoints").exists()


def test_a_full_disk_is_said_to_be_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a sentence, though safetensors has an error of its own for it; what was kept stays."""
    run(tmp_path, n_steps=3, n_epochs=4, checkpoint_every=3)
    before = sorted(tmp_path.rglob("*"))

    def fail(*_: object) -> None:
        raise SafetensorError("I/O error: No space left on device (os error 28)")

    monkeypatch.setattr("safetensors.torch.save_file", fail)
    with pytest.raises(NoSpaceError, match=r"Expected room on the disk to write .*safetensors"):
        write_tensors(tmp_path / "a.safetensors", {"a": torch.ones(1)})
    with pytest.raises(NoSpaceError, match=r"Expected room on the disk to write .*safetensors"):
        run(tmp_path / "new")
    assert not list((tmp_path / "new" / "checkpoints").glob("*step*"))
    assert sorted(p for p in tmp_path.rglob("*") if "new" not in p.parts) == before


def test_steps_have_random_numbers_of_their_own() -> None:
    """No two seeds are the same."""
    assert len({seed_of(seed, step) for seed in range(3) for step in range(5)}) == 15


def losses(folder: Path) -> list[float]:
    return [entry["loss"] for entry in read_metrics(folder)]
