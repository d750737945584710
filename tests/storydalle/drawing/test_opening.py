"""Is every kind of checkpoint told apart, opened with what it needs, or refused with advice?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from storybench.errors import InputError, MissingError
from storybench.generate import find, generate
from storybench.registry import load, names
from storymodels.storydalle import twin
from storymodels.storydalle.checkpoints.public import CHARACTERS, read_public
from storymodels.storydalle.checkpoints.replay import replayed
from storymodels.storydalle.drawing.opening import CHECKPOINTS
from storymodels.storydalle.model import StoryDalle
from storymodels.storydalle.switches import PAPER, RELEASED
from storymodels.storydalle.tokenizer import Tokenizer
from tests.factories import make_shards
from tests.storydalle import small

HASH = f"hash:{small.SENTENCE_WIDTH}"


def test_the_kind_is_registered() -> None:
    """`storybench generate` finds it by entry point."""
    assert "storydalle" in names("checkpoints")
    assert load("checkpoints", "storydalle") is CHECKPOINTS


def test_each_kind_is_recognised(tmp_path: Path) -> None:
    """A folder, a run, a public file, the release; and nothing else."""
    folder = small.save(tmp_path / "run" / "checkpoints" / "step-00000005")
    public = small.save_public(tmp_path / "4.pth")
    release = tmp_path / "release"
    release.mkdir()
    for name in ("stage1_last.ckpt", "stage2_last.ckpt"):
        (release / name).write_bytes(b"")
    other = tmp_path / "other.pth"
    torch.save({"weight": torch.ones(2)}, other)
    assert CHECKPOINTS.recognise(folder) == "a StoryDALL-E as training writes it"
    assert CHECKPOINTS.recognise(tmp_path / "run") == "a StoryDALL-E as training writes it"
    assert CHECKPOINTS.recognise(public) == "a StoryDALL-E of the public training script"
    assert CHECKPOINTS.recognise(release) == "minDALL-E's release"
    for nothing in (tmp_path, other, public.parent / "vocab.json"):
        assert CHECKPOINTS.recognise(nothing) is None


def test_mindalle_alone_is_refused_with_advice(tmp_path: Path) -> None:
    """It draws no stories yet."""
    for name in ("stage1_last.ckpt", "stage2_last.ckpt"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(InputError, match=r"single pictures. Tune it first: storybench train"):
        find(str(tmp_path), {"device": "cpu"})


def test_a_text_to_image_model_of_ours_is_refused_too() -> None:
    """Such as the one that comes with the package."""
    with pytest.raises(InputError, match=r"without story encoder and .* single pictures. Tune it"):
        find(str(twin.WEIGHTS), {"device": "cpu"})


def test_a_model_in_halves_draws(tmp_path: Path) -> None:
    """In float32, as one whose weights were rounded so."""
    shards = make_shards(tmp_path / "shards", stories={"test": 1})
    whole = small.model().half().float()
    paths = [small.save(tmp_path / "half", small.model().half()), small.save(tmp_path / "w", whole)]
    drawn = [
        generate(str(path), shards, tmp_path / f"preds-{path.name}", options={"device": "cpu"})
        for path in paths
    ]
    half, rounded = (one.load("test-000").frames for one in drawn)
    assert np.array_equal(half, rounded)


@pytest.mark.parametrize("is_public", [False, True], ids=["ours", "public"])
def test_sentences_for_a_model_that_reads_none_are_refused(tmp_path: Path, is_public: bool) -> None:
    """Not left out without a word."""
    size = replace(small.SIZE, story=replace(small.SIZE.story, sentence_width=0))
    model = StoryDalle(replace(size, transformer=small.model().size.transformer))
    path = small.save_public(tmp_path / "4.pth", model, has_retro=True)
    if not is_public:
        path = small.save(tmp_path / "model", model, sentences=None)
    assert CHECKPOINTS.open(path, {"device": "cpu"})
    with pytest.raises(InputError, match=r"Expected no --sentences with .*, found hash\."):
        CHECKPOINTS.open(path, {"device": "cpu", "sentences": "hash"})


def test_a_checkpoint_continues_a_split(tmp_path: Path) -> None:
    """By its path alone: the same pictures from the folder and from its run, stopped or not."""
    shards = make_shards(tmp_path / "shards", stories={"train": 1, "test": 3})
    folder = small.save(tmp_path / "run" / "checkpoints" / "step-00000005")
    options = {"batch": 2, "device": "cpu"}
    whole = generate(str(folder), shards, tmp_path / "a", options=options)
    generate(str(tmp_path / "run"), shards, tmp_path / "b", limit=1, options=options)
    again = generate(str(tmp_path / "run"), shards, tmp_path / "b", options={"device": "cpu"})
    assert whole.digest == again.digest
    assert whole.manifest is not None
    assert whole.manifest.size == 64
    assert whole.manifest.model["weights_sha256"]


def test_a_public_file_in_both_modes(tmp_path: Path) -> None:
    """Without retro it draws without one as the paper has it, with upstream's draw as released."""
    path = small.save_public(tmp_path / "4.pth")
    paper = read_public(path, sentences=HASH)
    assert (paper.model.switches, paper.model.retro) == (PAPER, None)
    released = read_public(path, mode="released", sentences=HASH)
    assert released.model.switches == RELEASED
    assert released.model.retro is not None
    expected = replayed(released.model.size)
    for name, tensor in released.model.retro.state_dict().items():
        assert torch.equal(tensor, expected[name]), name


def test_a_retro_that_was_saved_is_used(tmp_path: Path) -> None:
    """In either mode."""
    path = small.save_public(tmp_path / "4.pth", has_retro=True)
    for mode in ("paper", "released"):
        public = read_public(path, mode=mode, sentences=HASH)
        assert public.model.retro is not None
        found = public.model.retro.state_dict()["layers.0.query.weight"]
        assert torch.equal(found, small.model().state_dict()["retro.layers.0.query.weight"])


def test_public_files_draw_one_story_at_a_time_as_released(tmp_path: Path) -> None:
    """The public code would mix up the sources of a batch."""
    shards = make_shards(tmp_path / "shards", stories={"test": 2})
    path = small.save_public(tmp_path / "4.pth")
    options: dict[str, Any] = {"mode": "released", "sentences": HASH, "device": "cpu"}
    assert CHECKPOINTS.open(path, options).batch == 1
    made = generate(str(path), shards, tmp_path / "preds", options=options)
    assert made.model["retro"] == "drawn from seed 42, as the public code does"
    paper = generate(str(path), shards, tmp_path / "paper", options=options | {"mode": "paper"})
    assert paper.model["retro"] == "none: the file has none"
    first, second = (one.load("test-000").frames for one in (made, paper))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("n_words", [0, 7, 9])
def test_names_of_characters_are_added_as_the_vocabulary_says(tmp_path: Path, n_words: int) -> None:
    """Seven for Flintstones, nine for Pororo, none for DiDeMo."""
    path = small.save_public(tmp_path / "4.pth", n_words=n_words)
    public = read_public(path, sentences=HASH)
    assert public.tokenizer.added == CHARACTERS[n_words]
    assert public.tokenizer.n_tokens == public.model.size.transformer.text_vocabulary


def test_a_public_file_asks_for_what_it_lacks(tmp_path: Path) -> None:
    """Tokenizer, then sentence embeddings; each error says which option."""
    path = small.save_public(tmp_path / "a" / "4.pth")
    with pytest.raises(MissingError, match=r"\(24 numbers a caption\), found none named. .*--sen"):
        read_public(path)
    with pytest.raises(InputError, match="Expected sentence vectors of 24 numbers"):
        read_public(path, sentences="hash:16")
    bare = tmp_path / "b" / "4.pth"
    bare.parent.mkdir()
    path.rename(bare)
    with pytest.raises(MissingError, match="say where with --tokenizer FOLDER"):
        read_public(bare, sentences=HASH)
    assert read_public(bare, sentences=HASH, tokenizer=tmp_path / "a").tokenizer.n_tokens


def test_a_tokenizer_of_another_model_is_refused(tmp_path: Path) -> None:
    """By its size."""
    path = small.save_public(tmp_path / "a" / "4.pth")
    (tmp_path / "b").mkdir()
    Tokenizer.train(["ab ba abba"], size=20).write(tmp_path / "b")
    with pytest.raises(InputError, match=r"names of characters \(0 or 9 or 7\), found one of"):
        read_public(path, sentences=HASH, tokenizer=tmp_path / "b")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"topk": 3}, "found topk. Did you mean top_k"),
        ({"setting": "camera"}, "Expected a setting of code, .*, found 'camera'. Did you mean"),
        ({"mode": "release"}, "found 'release'. Did you mean released"),
        ({"dtype": "float16"}, "Expected a dtype of float32, bfloat16, found 'float16'"),
        ({"batch": 0}, "Expected --batch to be at least 1, found 0"),
        ({"batch": 10**20}, f"Expected --batch to be at most 65,536, found {10**20}"),
        ({"candidates": 10**11}, f"Expected --candidates to be at most 65,536, found {10**11}"),
        ({"top_p": 0.0}, "Expected a top_p above 0"),
        ({"temperature": 0.0}, "Expected a temperature of at least 1e-06, found 0.0"),
        ({"temperature": 1e-39}, "Expected a temperature of at least 1e-06, found 1e-39"),
        ({"temperature": float("nan")}, "Expected a temperature of at least 1e-06, found nan"),
        ({"temperature": float("inf")}, "Expected a temperature of at least 1e-06, found inf"),
        ({"top_p": float("nan")}, "Expected a top_p above 0 and at most 1, found nan"),
        ({"device": "gpu"}, "Expected a device such as cpu"),
        ({"mode": "paper", "device": "cpu"}, "Expected --mode with a file of the public training"),
        ({"sentences": "minilm", "device": "cpu"}, "trained with, hash:24, found minilm"),
        ({"tokenizer": Path(), "device": "cpu"}, "Expected --tokenizer with a file of the public"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    """In one sentence."""
    folder = small.save(tmp_path / "model")
    with pytest.raises(InputError, match=message):
        CHECKPOINTS.open(folder, options)


def test_a_device_that_is_not_there_is_missing(tmp_path: Path) -> None:
    """Before anything is read."""
    with pytest.raises(MissingError, match="Expected the device cuda:93, found none on this"):
        CHECKPOINTS.open(tmp_path, {"device": "cuda:93"})


@pytest.mark.usefixtures("pretended_gpu")
def test_a_gpu_beside_the_one_asked_for_is_named(tmp_path: Path) -> None:
    """Counted from 0."""
    with pytest.raises(MissingError, match=r"1 GPUs under .*\. Choose --device cuda or cpu\."):
        CHECKPOINTS.open(tmp_path, {"device": "cuda:1"})
