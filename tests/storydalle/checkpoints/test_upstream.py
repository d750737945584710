"""Do files in the formats of the public checkpoints load whole, and others not at all?"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from storybench.errors import InputError, MissingError
from storymodels.storydalle.checkpoints.names import RETRO, to_official
from storymodels.storydalle.checkpoints.upstream import (
    STAGES,
    load_mindalle,
    load_storydalle,
    read_tensors,
    size_of,
)
from storymodels.storydalle.model import StoryDalle
from storymodels.storydalle.sizes import MINDALLE, StorySize
from storymodels.storydalle.switches import RELEASED
from tests.storydalle import official

HEAD_WIDTH = 12

TOKENS, POSITIONS = "stage2.tok_emb_txt.weight", "stage2.pos_emb_img.weight"
FIRST, LEVEL = "stage1.encoder.conv_in.weight", "stage1.encoder.down.0.block.0.conv2.weight"


def public(*, prompt: bool = False, retro: bool = False) -> dict[str, Tensor]:
    """The tensors of the recorded model as a checkpoint has them."""
    state = to_official(official.model(prompt=prompt, retro=True).state_dict())
    return {k: v.clone() for k, v in state.items() if retro or not k.startswith(RETRO)}


def write_release(folder: Path, tensors: Mapping[str, Tensor]) -> Path:
    """The two files of minDALL-E's release; Lightning keeps more than the tensors in them."""
    for stage, name in STAGES.items():
        state = {k.removeprefix(stage): v for k, v in tensors.items() if k.startswith(stage)}
        options = argparse.Namespace(lr=0.1, name="stage")
        torch.save({"state_dict": state, "epoch": 3, "hyper_parameters": options}, folder / name)
    return folder


def write_trained(path: Path, tensors: Mapping[str, Tensor]) -> Path:
    """A file of the training script, with the state of its optimiser."""
    optimiser = {"state": {0: {"step": 4}}, "param_groups": [{"lr": 1e-4, "params": [0]}]}
    saved = {"epoch": 4, "model_state_dict": dict(tensors), "optimizer_state_dict": optimiser}
    torch.save({**saved, "iteration": 9, "scheduler": {}, "loss": 1.5}, path)
    return path


@torch.no_grad()
@pytest.mark.parametrize("prompt", [False, True], ids=["", "prompts"])
@pytest.mark.parametrize("retro", [False, True], ids=["as public", "retro"])
def test_a_trained_model_predicts_what_it_did(tmp_path: Path, prompt: bool, retro: bool) -> None:
    """With its size told from its tensors; without retro cross-attention it says so."""
    path = write_trained(tmp_path / "4.pth", public(prompt=prompt, retro=retro))
    loaded = load_storydalle(path, switches=RELEASED, head_width=HEAD_WIDTH)
    assert loaded.has_retro == retro
    assert loaded.model.size == official.size(prompt=prompt, retro=True)
    before = official.model(prompt=prompt, retro=retro)
    if not retro:
        loaded.model.retro = None  # it was built new
    found = loaded.model.eval()(official.stories(), official.frames()).codes
    assert torch.equal(found, before(official.stories(), official.frames()).codes)


def test_a_part_of_the_retro_cross_attention_is_refused(tmp_path: Path) -> None:
    """Either all of it is there, or none; it names what is missing."""
    tensors = public(retro=True)
    layer = f"{RETRO}1."
    cut = {name: tensor for name, tensor in tensors.items() if not name.startswith(layer)}
    assert len(cut) < len(tensors)
    path = write_trained(tmp_path / "4.pth", cut)
    with pytest.raises(InputError, match=r"tensor cross_attention_layers\.1\..*, found none"):
        load_storydalle(path, head_width=HEAD_WIDTH)


@torch.no_grad()
def test_the_release_becomes_a_model_with_new_parts(tmp_path: Path) -> None:
    """Its transformer predicts what it did, whatever is added, words of characters too."""
    folder = write_release(tmp_path, public())
    story = StorySize(n_targets=4, sentence_width=24, n_prompts=3)
    model = load_mindalle(folder, story, n_words=9, head_width=HEAD_WIDTH).eval()
    assert model.size.transformer.text_vocabulary == 89
    assert model.size.story == story
    text, codes = official.given("in.text"), official.codes("vqgan.codes")
    found, before = (m.transformer.logits(text, codes) for m in (model, official.plain()))
    assert torch.equal(found.codes, before.codes)
    assert torch.equal(found.text[..., :80], before.text)
    assert found.text[..., 80:].std() > 0
    images = official.given("in.images")
    assert torch.equal(model.vqgan.encode(images), official.plain().vqgan.encode(images))


def test_the_published_size_is_told_from_its_tensors() -> None:
    """With nine new words and prompts, on the meta device."""
    size = replace(
        MINDALLE,
        transformer=replace(MINDALLE.transformer, text_vocabulary=16_393),
        story=replace(MINDALLE.story, n_prompts=32),
    )
    with torch.device("meta"):
        tensors = to_official(StoryDalle(size).state_dict())
    assert size_of(tensors, name="the checkpoint") == size


def test_a_bare_state_is_read_as_well(tmp_path: Path) -> None:
    """And one of Lightning."""
    tensors = public()
    for saved in (tensors, {"state_dict": tensors}):
        torch.save(saved, tmp_path / "bare.pth")
        assert read_tensors(tmp_path / "bare.pth").keys() == tensors.keys()


def test_a_file_that_is_missing_broken_or_something_else_is_refused(tmp_path: Path) -> None:
    """Each in a sentence with its name."""
    with pytest.raises(MissingError, match=r"checkpoint .*none\.pth, found none"):
        read_tensors(tmp_path / "none.pth")
    (tmp_path / "text.pth").write_text("no zip")
    with pytest.raises(InputError, match=r"20\.pth, at .*text\.pth, found another kind of file\."):
        read_tensors(tmp_path / "text.pth")
    with pytest.raises(InputError, match=r"at .*, found a folder\."):
        read_tensors(tmp_path)
    whole = write_trained(tmp_path / "cut.pth", public()).read_bytes()
    (tmp_path / "cut.pth").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"Expected a whole torch file at .*cut\.pth"):
        read_tensors(tmp_path / "cut.pth")
    torch.save({"state_dict": {"a": 1}}, tmp_path / "numbers.pth")
    with pytest.raises(InputError, match="found something else"):
        read_tensors(tmp_path / "numbers.pth")
    torch.save({"stage1.encoder.conv_in.weight": torch.ones(32, 3, 3, 3)}, tmp_path / "few.pth")
    with pytest.raises(InputError, match=r"Expected tensors .* stage1\..* in .*few\.pth"):
        load_storydalle(tmp_path / "few.pth")


@pytest.mark.parametrize(
    ("lost", "named"),
    [
        ("stage1.quantize.embedding.weight", "the tensor stage1.quantize.embedding.weight"),
        ("stage1.encoder.down.", "tensors with names like stage1.encoder.down.0.…"),
        (r"stage1.encoder.down.\d+.attn.", "tensors with names like stage1.encoder.down.0.attn.…"),
        ("stage2.blocks.", "tensors with names like stage2.blocks.0.…"),
    ],
)
def test_a_checkpoint_that_lacks_what_tells_its_size_is_refused(lost: str, named: str) -> None:
    """What is missing is named as it would be called."""
    cut = {name: tensor for name, tensor in public().items() if not re.match(lost, name)}
    with pytest.raises(InputError, match=re.escape(f"Expected {named} in x.pth, found none")):
        size_of(cut, name="x.pth", head_width=HEAD_WIDTH)


@pytest.mark.parametrize(
    ("name", "tensor", "sentence"),
    [
        (TOKENS, torch.zeros(80), r"a matrix .* as the tensor stage2\.tok_emb_txt\.weight .* 80\."),
        (TOKENS, torch.zeros(80, 30), r"a multiple of 12 columns .*, found 80 x 30\."),
        (TOKENS, torch.zeros(80, 0), r"that is not empty as the tensor .*, found 80 x 0\."),
        (FIRST, torch.tensor(1.0), r"a convolution .* as the tensor .*, found a single number\."),
        (FIRST, torch.zeros(0, 3, 3, 3), r"that is not empty .*, found 0 x 3 x 3 x 3\."),
        (FIRST, torch.zeros(16, 3, 3, 3), r"a multiple of 32 channels .*, found 16 x 3 x 3 x 3\."),
        (LEVEL, torch.zeros(33, 32, 3, 3), r"a multiple of 32 channels .*, found 33 x 32 x 3 x 3"),
        (POSITIONS, torch.zeros(15, 24), r"n x n rows, .*, found 15 x 24\."),
        ("story_linear.weight", torch.zeros(24), r"as the tensor story_linear\.weight .* found 24"),
        ("wte.weight", torch.zeros(3), r"a matrix .* as the tensor wte\.weight .* found 3\."),
    ],
)  # fmt: skip
def test_a_shape_that_tells_no_size_is_refused(name: str, tensor: Tensor, sentence: str) -> None:
    """Before a model is built: what was expected, of which tensor, and the shape that it has."""
    with pytest.raises(InputError, match=sentence):
        size_of({**public(), name: tensor}, name="x.pth", head_width=HEAD_WIDTH)


@pytest.mark.parametrize("shape", [(), (7,), (1, 48, 48), (48, 47)])
def test_a_projection_of_another_shape_is_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    """One of those that are stacked is named, though they could not even be stacked."""
    name = "stage2.blocks.1.attn.key.weight"
    path = write_trained(tmp_path / "4.pth", {**public(), name: torch.zeros(shape)})
    with pytest.raises(InputError, match=rf"Expected 48 x 48 in {re.escape(name)}, found"):
        load_storydalle(path, head_width=HEAD_WIDTH)


@pytest.mark.parametrize("number", [float("nan"), -float("inf"), 1e30])
@pytest.mark.parametrize("name", ["stage2.blocks.1.attn.key.weight", FIRST, f"{RETRO}1.ln2.bias"])
def test_weights_that_are_no_numbers_are_refused(tmp_path: Path, name: str, number: float) -> None:
    """Of either file; the tensor is named as it is there, one of those that are stacked too."""
    tensors = public(retro=True)
    tensors[name].view(-1)[1] = number
    sentence = rf"weights that are numbers in {{}}, found {re.escape(name)} diverged\. Fetch it"
    path = write_trained(tmp_path / "4.pth", tensors)
    with pytest.raises(InputError, match=sentence.format(re.escape(str(path)))):
        load_storydalle(path, head_width=HEAD_WIDTH)
    if not name.startswith(RETRO):
        folder, story = write_release(tmp_path, tensors), StorySize(n_targets=4, sentence_width=24)
        with pytest.raises(InputError, match=sentence.format(re.escape(str(folder)))):
            load_mindalle(folder, story, head_width=HEAD_WIDTH)


def test_weights_that_are_not_used_may_be_anything(tmp_path: Path) -> None:
    """Such as the retro cross-attention of a layer that the model has not."""
    tensors = public(retro=True)
    over = {f"{RETRO}9.ln1.weight": torch.full((48,), torch.nan)}
    path = write_trained(tmp_path / "4.pth", {**tensors, **over})
    assert load_storydalle(path, head_width=HEAD_WIDTH).has_retro


@pytest.mark.filterwarnings("ignore:Validating sparse tensor")
def test_sparse_tensors_are_refused(tmp_path: Path) -> None:
    """No published checkpoint has any, and they are no parameters."""
    tensors = {**public(), TOKENS: torch.zeros(80, 24).to_sparse()}
    path = write_trained(tmp_path / "4.pth", tensors)
    with pytest.raises(InputError, match="Expected dense tensors by name"):
        read_tensors(path)


def test_a_file_that_could_run_code_is_not_read(tmp_path: Path) -> None:
    """It names what it found."""
    torch.save({"state_dict": {}, "callback": Path("x")}, tmp_path / "code.pth")
    with pytest.raises(InputError, match=r"found pathlib\.\w+, which is no tensor"):
        read_tensors(tmp_path / "code.pth")
