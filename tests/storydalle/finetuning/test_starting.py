"""Does a training start from what it was given, with new parts where these are asked for?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from storybench.errors import InputError, MissingError
from storybench.files import sha256_file
from storymodels.storydalle.checkpoints.names import to_official
from storymodels.storydalle.checkpoints.saved import read_model, write_model
from storymodels.storydalle.finetuning.starting import refitted, start
from storymodels.storydalle.model import StoryDalle
from storymodels.storydalle.presets import WORDS, find
from storymodels.storydalle.switches import PAPER
from tests.storydalle import trainable


def parts(state: dict[str, torch.Tensor], *names: str) -> dict[str, torch.Tensor]:
    """The tensors of some parts."""
    return {name: t for name, t in state.items() if name.startswith(names)}


def assert_equal(found: dict[str, torch.Tensor], wanted: dict[str, torch.Tensor]) -> None:
    """The same names, the same numbers."""
    assert found.keys() == wanted.keys() != set()
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)


def test_a_text_to_image_model_is_retro_fitted(tmp_path: Path) -> None:
    """Its VQGAN and transformer are kept, all that a story needs is new and said to be."""
    base = trainable.write_base(tmp_path / "base")
    made = start(trainable.preset("twin-prompt"), base)
    pretrained = read_model(base).model.state_dict()
    assert_equal(parts(made.model.state_dict(), "vqgan", "transformer"), pretrained)
    assert made.new == ("prompt", "retro", "story_encoder")
    assert made.model.size == trainable.preset("twin-prompt").size
    assert made.tokenizer.digest == trainable.tokenizer().digest
    assert made.origin == {"model.safetensors": sha256_file(base / "model.safetensors")}


def test_new_weights_are_a_function_of_the_seed(tmp_path: Path) -> None:
    """And leave torch's own random numbers as they were."""
    base = trainable.write_base(tmp_path / "base")
    torch.manual_seed(0)
    one, other, again = (start(trainable.preset(), base, seed=seed).model for seed in (1, 2, 1))
    after = torch.rand(1)
    torch.manual_seed(0)
    assert torch.equal(after, torch.rand(1))
    assert_equal(again.state_dict(), one.state_dict())
    assert not torch.equal(one.retro.layers[0].query.weight, other.retro.layers[0].query.weight)  # type: ignore[union-attr, index]


def test_our_own_checkpoint_is_started_from_as_it_is(tmp_path: Path) -> None:
    """Nothing is new; and what an ablation lacks is left out."""
    base = trainable.write_base(tmp_path / "base")
    first = start(trainable.preset(), base)
    write_model(
        tmp_path / "tuned",
        first.model,
        tokenizer=first.tokenizer,
        sentences=None,
        preset="twin-full",
        data_digest=None,
    )
    again = start(trainable.preset(), tmp_path / "tuned")
    assert again.new == ()
    assert_equal(again.model.state_dict(), first.model.state_dict())
    without = start(trainable.preset("twin-full-no-retro"), tmp_path / "tuned").model
    kept = parts(first.model.state_dict(), "vqgan", "transformer", "story_encoder")
    assert_equal(without.state_dict(), kept)


def test_a_part_of_another_shape_is_new_as_a_whole() -> None:
    """A story encoder for wider sentences keeps none of its old weights."""
    torch.manual_seed(0)
    model = refitted_from()
    story = replace(model.size.story, sentence_width=16)
    made, new = refitted(model, story, PAPER)
    assert new == ("story_encoder",)
    before, after = model.state_dict(), made.state_dict()
    assert_equal(parts(after, "retro"), parts(before, "retro"))
    name = "story_encoder.block.mlp.0.weight"
    assert not torch.equal(before[name], after[name])


def write_public(folder: Path, *, n_words: int) -> tuple[Path, StoryDalle]:
    """A file of the public script, and the model in it, whose retro cross-attention is lost."""
    torch.manual_seed(0)
    tokenizer = trainable.tokenizer()
    model = refitted_from(text_vocabulary=tokenizer.n_tokens + n_words)
    public = {
        name: tensor
        for name, tensor in to_official(model.state_dict()).items()
        if not name.startswith("cross_attention_layers")
    }
    torch.save({"model_state_dict": public}, folder / "4.pth")
    tokenizer.write(folder)
    return folder / "4.pth", model


def test_a_file_of_the_public_script_brings_its_words(tmp_path: Path) -> None:
    """The retro cross-attention, which it lacks, is new; names keep the rows that they had."""
    path, model = write_public(tmp_path, n_words=9)
    for words in (WORDS["pororosv"], ()):
        made = start(trainable.preset(), path, words=words)
        assert made.new == ("retro",)
        assert made.tokenizer.added == WORDS["pororosv"]
        kept = ("vqgan", "transformer", "story_encoder")
        assert_equal(parts(made.model.state_dict(), *kept), parts(model.state_dict(), *kept))


def test_another_cast_gets_rows_of_its_own(tmp_path: Path) -> None:
    """Fred is not given what was learned of Pororo; his name is said to be new."""
    path, model = write_public(tmp_path, n_words=9)
    made = start(trainable.preset(), path, words=WORDS["flintstonessv"])
    assert made.tokenizer.added == (*WORDS["pororosv"], *WORDS["flintstonessv"])
    assert made.new == ("retro", "tokens of fred, barney, wilma, betty, pebbles, dino, slate")
    before, after = (m.transformer.text_tokens.weight for m in (model, made.model))
    assert torch.equal(after[: len(before)], before)
    assert len(after) == len(before) + 7 == made.tokenizer.n_tokens


def test_words_that_no_public_training_added_are_refused(tmp_path: Path) -> None:
    """Nobody knows whose rows they are."""
    path, _ = write_public(tmp_path, n_words=2)
    with pytest.raises(InputError, match=r"names of characters \(0 or 9 or 7\), found one of"):
        start(trainable.preset(), path, words=("eddy", "poby"))


def test_halves_are_tuned_in_float32(tmp_path: Path) -> None:
    """Whether its parts are those of the preset or not."""
    model = start(trainable.preset(), trainable.write_base(tmp_path / "base")).model.half()
    for name in ("twin-full", "twin-full-no-retro"):
        preset = trainable.preset(name)
        made, _ = refitted(model, preset.size.story, preset.switches)
        assert {tensor.dtype for tensor in made.state_dict().values()} == {torch.float32}


def test_the_release_of_mindalle_gets_words_and_parts(tmp_path: Path) -> None:
    """Its two files and its tokenizer; a row for every word."""
    torch.manual_seed(0)
    tokenizer = trainable.tokenizer()
    model = refitted_from(text_vocabulary=tokenizer.n_tokens)
    for stage, file in (("stage1.", "stage1_last.ckpt"), ("stage2.", "stage2_last.ckpt")):
        public = to_official(model.state_dict())
        state = {n.removeprefix(stage): t for n, t in public.items() if n.startswith(stage)}
        torch.save({"state_dict": state}, tmp_path / file)
    (tmp_path / "tokenizer").mkdir()
    tokenizer.write(tmp_path / "tokenizer")
    made = start(trainable.preset(), tmp_path, words=("eddy",))
    assert made.new == ("retro", "story_encoder", "tokens of eddy")
    assert made.tokenizer.added == ("eddy",)
    vocabulary = made.model.size.transformer.text_vocabulary
    assert vocabulary == tokenizer.n_tokens + 1 == made.tokenizer.n_tokens
    assert_equal(parts(made.model.state_dict(), "vqgan"), parts(model.state_dict(), "vqgan"))
    assert sorted(made.origin) == ["stage1_last.ckpt", "stage2_last.ckpt"]


def test_a_model_of_another_size_is_refused(tmp_path: Path) -> None:
    """With what differs."""
    base = trainable.write_base(tmp_path / "base")
    with pytest.raises(InputError, match=r"vqgan\.side 32 instead of 256, .*another --init or"):
        start(find("mindalle-full"), base)


def test_nothing_to_start_from_is_said(tmp_path: Path) -> None:
    """And what could be."""
    with pytest.raises(MissingError, match="Expected --init for mindalle-full, found none"):
        start(find("mindalle-full"))
    with pytest.raises(MissingError, match="found none of them"):
        start(trainable.preset(), tmp_path / "nowhere")


def refitted_from(**transformer: int) -> StoryDalle:
    """A small model with all its parts but prompts."""
    size = trainable.preset().size
    return StoryDalle(replace(size, transformer=replace(size.transformer, **transformer)))  # type: ignore[arg-type]
