"""Are stories read as the model is given them, each picture and caption encoded once?"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from storybench.errors import InputError
from storybench.loader import StoryDataset, Transform
from storybench.shards.reader import Stories
from storybench.types import StoryPrompt
from storymodels.storydalle.inputs.codes import Codes
from storymodels.storydalle.inputs.reading import Batch, Reading, check_fit, given
from storymodels.storydalle.model import StoryDalle
from storymodels.storydalle.sentences.hashed import Hashed
from storymodels.storydalle.sizes import MINDALLE, Size, StorySize, TransformerSize
from storymodels.storydalle.tokenizer import Tokenizer
from storymodels.training.machine import moved_to
from tests.factories import default_captions, make_shards
from tests.storydalle.inputs.test_codes import SIZE, Counting

TOLD = tuple(default_captions("train", n, k)[0] for n in range(8) for k in range(4))
N_TEXT = 12


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six training stories of two targets, wider than high, with two captions each."""
    return make_shards(
        tmp_path_factory.mktemp("shards") / "toy",
        stories={"train": 6, "test": 2},
        size=(20, 30),
        captions=lambda *of: (*default_captions(*of), f"Again: {default_captions(*of)[0]}"),
    )


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """Of their captions."""
    return Tokenizer.train(TOLD, size=120)


def parts(tokenizer: Tokenizer, vqgan: Counting | None = None) -> dict[str, Any]:
    """What reading needs."""
    codes = Codes(vqgan or Counting(), batch=4)
    return {
        "tokenizer": tokenizer,
        "sentences": Hashed(16),
        "codes": codes,
        "n_text": N_TEXT,
        "side": 16,
    }


def equal(a: Batch, b: Batch) -> bool:
    """Whether all of two batches is the same."""
    tensors = [
        (batch.given.text, batch.given.sentences, batch.given.source_codes, batch.codes)
        for batch in (a, b)
    ]
    same = all(torch.equal(x, y) for x, y in zip(*tensors, strict=True))
    return same and (a.ids, a.captions) == (b.ids, b.captions)


def test_a_batch_is_what_the_parts_make_of_the_stories(shards: Path, tokenizer: Tokenizer) -> None:
    """Tokens and vectors of target captions, codes of source and targets, by hand."""
    reading = Reading(shards, "train", **parts(tokenizer))
    batch = reading.batch([4, 1])
    stories = Stories(shards, "train")
    assert batch.ids == (stories.ids[4], stories.ids[1])
    dataset = StoryDataset(shards, "train", transform=Transform(16))
    for row, index in enumerate((4, 1)):
        told = [caption.lower() for caption in stories.captions(index)[1:]]
        assert batch.captions[row] == tuple(told)
        assert torch.equal(batch.given.text[row], tokenizer.encode(told, N_TEXT))
        assert torch.equal(batch.given.sentences[row], Hashed(16)(told))
        item = dataset[index]
        source, targets = (
            Counting().encode(torch.from_numpy(item[name])) if item[name].ndim == 4
            else Counting().encode(torch.from_numpy(item[name])[None])[0]
            for name in ("source", "targets")
        )  # fmt: skip
        assert torch.equal(batch.given.source_codes[row], source)
        assert torch.equal(batch.codes[row], targets)
    assert batch.codes.dtype == batch.given.source_codes.dtype == torch.int64
    assert len(batch.codes[0].unique(dim=0)) == 2


def test_a_model_learns_from_a_batch(shards: Path, tokenizer: Tokenizer) -> None:
    """It fits, on any device it is moved to."""
    transformer = TransformerSize(16, 3, 2, N_TEXT, 64, tokenizer.n_tokens, SIZE.n_codes)
    size = Size(SIZE, transformer, StorySize(n_targets=2, sentence_width=16))
    reading = Reading(shards, "train", **parts(tokenizer))
    check_fit(size, tokenizer, Hashed(16))
    batch = reading.batch([0, 1, 2])
    logits = StoryDalle(size)(batch.given, batch.codes)
    assert logits.codes.shape == (6, 64, SIZE.n_codes)
    meta = moved_to(batch, torch.device("meta"))
    assert {meta.codes.device.type, meta.given.sentences.device.type} == {"meta"}
    assert meta.ids == batch.ids


def test_each_picture_is_encoded_once_in_all_runs(
    shards: Path, tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second run of the same data decodes nothing either."""
    first = Counting()
    reading = Reading(shards, "train", **parts(tokenizer, first))
    before = reading.batch(range(6))
    reading.set_epoch(3)
    assert equal(reading.batch(range(6)), before)
    assert first.n_seen == 18
    second = Counting()
    with monkeypatch.context() as patch:
        patch.setattr(StoryDataset, "__getitem__", None)
        later = Reading(shards, "train", **parts(tokenizer, second))
        assert equal(later.batch(range(6)), before)
    assert second.n_seen == 0
    other = Counting(seed=1)  # the pictures are known by their hash, their codes are not
    assert not torch.equal(
        Reading(shards, "train", **parts(tokenizer, other)).batch([0]).codes, before.codes[:1]
    )
    assert other.n_seen == 18


def test_a_run_that_goes_on_reads_on_exactly(shards: Path, tokenizer: Tokenizer) -> None:
    """In a new object, at any batch of any epoch."""

    def begun(epoch: int) -> Reading:
        reading = Reading(shards, "train", **parts(tokenizer), captions="random", crop="random")
        reading.set_epoch(epoch)
        return reading

    whole = begun(0)
    whole.set_epoch(2)
    before = [whole.batch(rows) for rows in ([4, 1], [0, 5], [2, 3])]
    resumed = begun(2)
    assert all(map(equal, [resumed.batch([0, 5]), resumed.batch([2, 3])], before[1:]))
    assert not equal(begun(1).batch([4, 1]), before[0])


def test_what_is_random_is_drawn_anew_each_epoch(shards: Path, tokenizer: Tokenizer) -> None:
    """Crops and captions, by a hash of seed, epoch and story; an epoch that is back is the same."""
    vqgan = Counting()
    reading = Reading(
        shards, "train", **parts(tokenizer, vqgan), captions="random", crop="random", seed=1
    )
    first = reading.batch(range(6))
    reading.set_epoch(1)
    second = reading.batch(range(6))
    assert first.captions != second.captions
    assert not torch.equal(first.codes, second.codes)
    n_seen = vqgan.n_seen
    reading.set_epoch(0)
    assert equal(reading.batch(range(6)), first)
    assert vqgan.n_seen == n_seen
    crops = StoryDataset(
        shards, "train", captions="random", transform=Transform(16, crop="random"), seed=1
    )
    assert torch.equal(first.codes[2], Counting().encode(torch.from_numpy(crops[2]["targets"])))


def test_stories_are_read_in_the_order_of_the_build(shards: Path, tokenizer: Tokenizer) -> None:
    """Each by its number, alone as among others."""
    reading = Reading(shards, "train", **parts(tokenizer))
    assert reading.ids == Stories(shards, "train").ids
    both, alone = reading.batch([3, 0]), reading.batch([0])
    assert both.ids == (reading.ids[3], reading.ids[0])
    assert torch.equal(both.codes[1:], alone.codes)
    assert torch.equal(both.given.text[1:], alone.given.text)
    assert len(reading) == 6


def test_a_model_without_story_encoder_is_given_vectors_without_numbers(
    shards: Path, tokenizer: Tokenizer
) -> None:
    """Nothing is encoded."""
    reading = Reading(shards, "train", **{**parts(tokenizer), "sentences": None})
    assert reading.batch([0, 1]).given.sentences.shape == (2, 2, 0)


def test_a_prompt_is_given_as_its_story_is(shards: Path, tokenizer: Tokenizer) -> None:
    """Generation sees what evaluation would have read, without the targets."""
    some = parts(tokenizer)
    stories = Stories(shards, "test")
    batch = Reading(shards, "test", **some).batch([1, 0])
    found = given([stories.prompt(1), stories.prompt(0)], **some)
    assert torch.equal(found.text, batch.given.text)
    assert torch.equal(found.sentences, batch.given.sentences)
    assert torch.equal(found.source_codes, batch.given.source_codes)


def test_prompts_of_different_lengths_are_refused(tokenizer: Tokenizer) -> None:
    """A batch is a rectangle; one without targets or stories is none."""
    image = np.zeros((16, 16, 3), np.uint8)

    def prompt(n: int) -> StoryPrompt:
        return StoryPrompt("a", image, ("x",) * (n + 1))

    with pytest.raises(InputError, match=r"equally many target captions, .*, found 2 and 3"):
        given([prompt(3), prompt(2)], **parts(tokenizer))
    with pytest.raises(InputError, match="found no prompts"):
        given([], **parts(tokenizer))
    with pytest.raises(InputError, match="at least one, found 0"):
        given([prompt(0)], **parts(tokenizer))


def test_parts_that_do_not_fit_the_model_are_refused(tokenizer: Tokenizer) -> None:
    """Before a lookup goes out of range."""
    few = replace(MINDALLE.transformer, text_vocabulary=50)
    with pytest.raises(InputError, match=r"at most the 50 tokens .*, found one of \d+"):
        check_fit(replace(MINDALLE, transformer=few), tokenizer, Hashed(512))
    with pytest.raises(InputError, match="of 512 numbers, as the model was made for, found 16"):
        check_fit(MINDALLE, tokenizer, Hashed(16))
    with pytest.raises(InputError, match=r"of 512 numbers, .* found 0"):
        check_fit(MINDALLE, tokenizer, None)
    check_fit(MINDALLE, tokenizer, Hashed(512))


def test_progress_is_told_of_stories(shards: Path, tokenizer: Tokenizer) -> None:
    """Each once, up to the last."""
    told: list[tuple[int, int, str]] = []
    reading = Reading(shards, "train", **parts(tokenizer))
    reading.set_epoch(0, on_progress=lambda *of: told.append(of))
    assert told == [(k, 6, "stories") for k in range(1, 7)]


SHARED = """
import sys, torch
from pathlib import Path
from torch import distributed
from storymodels.storydalle.inputs.codes import Codes
from storymodels.storydalle.tokenizer import Tokenizer
from storymodels.storydalle.inputs.reading import Reading
from tests.storydalle.inputs.test_codes import Counting
from tests.storydalle.inputs.test_reading import TOLD, parts
rank, out = int(sys.argv[3]), Path(sys.argv[2])
distributed.init_process_group("gloo", init_method=f"file://{out}/meeting", rank=rank, world_size=2)
vqgan = Counting()
reading = Reading(sys.argv[1], "train", **parts(Tokenizer.train(TOLD, size=120), vqgan))
torch.save((vqgan.n_seen, reading.batch(range(6)).codes, vqgan.n_seen), out / f"{rank}.pt")
distributed.destroy_process_group()
"""


@pytest.mark.slow
def test_processes_of_torchrun_share_what_is_new(
    shards: Path, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    """Each encodes a part, both have all."""
    command = [sys.executable, "-W", "ignore", "-c", SHARED, str(shards), str(tmp_path)]
    workers = [subprocess.Popen([*command, str(rank)]) for rank in range(2)]
    assert [worker.wait(timeout=300) for worker in workers] == [0, 0]
    seen: list[int] = []
    found: list[Tensor] = []
    for rank in range(2):
        _, codes, n_seen = torch.load(tmp_path / f"{rank}.pt")
        seen.append(n_seen)
        found.append(codes)
    alone = Reading(shards, "train", **parts(tokenizer)).batch(range(6)).codes
    assert torch.equal(found[0], alone)
    assert torch.equal(found[1], alone)
    assert sum(seen) == 18
    assert min(seen) > 2
