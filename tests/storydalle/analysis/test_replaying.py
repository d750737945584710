"""`analyse replay` on a public file: both answers, and what is no such file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from storybench.errors import InputError
from storybench.generate import generate
from storybench.registry import load
from storybench.shards.reader import Stories
from storymodels.storydalle.analysis.chosen import chosen
from storymodels.storydalle.analysis.comparing import Compared, compare
from storymodels.storydalle.analysis.replaying import replay
from storymodels.storydalle.checkpoints.names import RETRO, to_official
from storymodels.storydalle.checkpoints.replay import as_trained, replayed
from storymodels.storydalle.checkpoints.saved import read_model
from storymodels.storydalle.finetuning.starting import start
from storymodels.storydalle.inputs.reading import Reading
from storymodels.storydalle.model import StoryDalle, nats
from storymodels.storydalle.presets import WORDS, find
from storymodels.storydalle.sentences.hashed import Hashed
from storymodels.storydalle.switches import RELEASED
from tests.factories import make_shards
from tests.storydalle import small

OPTIONS = {"sentences": f"hash:{small.SENTENCE_WIDTH}"}


def test_it_is_registered() -> None:
    """`storybench analyse replay` finds it by entry point."""
    assert load("analyses", "replay") is replay


def test_a_file_that_was_not_trained_around_it_does_not_know_it(tmp_path: Path) -> None:
    """Random weights: all losses are there, finite, and nothing is found."""
    shards = make_shards(tmp_path / "shards", stories={"val": 3})
    path = small.save_public(tmp_path / "4.pth", n_words=9)
    found = replay(path, shards, options={**OPTIONS, "out": tmp_path / "whole"})
    assert json.loads(json.dumps(found, allow_nan=False))["fresh"] == list(found["fresh"])
    assert (found["n"], found["split"], found["seed"]) == (3, "val", 42)
    assert not found["is_found"]
    assert found["model"] is None
    assert not (tmp_path / "whole").exists(), "nothing is written unless it is found"
    assert len({found["replayed"], found["removed"], *found["fresh"]}) == 5


def trained_around_it(shards: Path) -> StoryDalle:
    """A model whose image head learned a build's val while the retro stood at its seed's start."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = StoryDalle(small.model(n_words=9).size, RELEASED).requires_grad_(False)
        torch.nn.init.normal_(model.vqgan.codebook.weight)
    assert model.retro is not None
    model.retro.load_state_dict(replayed(as_trained(model.size, n_added=9)))
    words = small.tokenizer()
    words.add(WORDS["pororosv"])
    reading = Reading.of(
        model, Stories(shards, "val"), tokenizer=words, sentences=Hashed(small.SENTENCE_WIDTH)
    )
    batches = [reading.batch([row]) for row in range(len(reading))]
    head = model.transformer.image_head.requires_grad_(True)
    optimiser = torch.optim.Adam(head.parameters(), lr=0.02)
    for _ in range(20):
        losses = [nats(model(one.given, one.codes).codes, one.codes).mean() for one in batches]
        optimiser.zero_grad()
        torch.stack(losses).sum().backward()
        optimiser.step()
    return model.requires_grad_(False)


def test_what_is_found_is_written_to_draw_and_train_with(tmp_path: Path) -> None:
    """The weights of the file with the replayed cross-attention, its words and its sentences."""
    shards = make_shards(tmp_path / "shards", stories={"train": 1, "val": 8, "test": 1})
    model = trained_around_it(shards)
    path, out = small.save_public(tmp_path / "4.pth", model), tmp_path / "whole"
    found = replay(path, shards, options={**OPTIONS, "out": out})
    assert found["is_found"]
    assert found["model"] == str(out)
    written = read_model(out)
    wanted = model.state_dict()
    for name, tensor in written.model.state_dict().items():
        assert torch.equal(tensor, wanted[name]), name
    assert (written.about.added, written.about.preset) == (WORDS["pororosv"], "replayed")
    drawn = generate(str(out), shards, tmp_path / "preds", options={"device": "cpu"})
    assert drawn.story_ids == Stories(shards, "test").ids
    size = replace(small.SIZE, story=model.size.story)
    begun = start(replace(find("mindalle-full"), size=size), out)
    assert begun.new == ()
    assert begun.model.retro is not None
    with pytest.raises(InputError, match="Expected a new folder for the model, found something"):
        replay(path, shards, options={**OPTIONS, "out": out})


def test_stories_are_spread_over_the_split(tmp_path: Path) -> None:
    """With a limit at most so many, and not the first ones."""
    shards = make_shards(tmp_path / "shards", stories={"val": 7})
    ids = Stories(shards, "val").ids
    assert chosen(shards, "val", limit=None).ids == ids
    assert chosen(shards, "val", limit=9).ids == ids
    assert chosen(shards, "val", limit=4).ids == ids[::2]
    assert chosen(shards, "val", limit=3).ids == ids[::3]
    assert chosen(shards, "val", limit=1).ids == ids[:1]
    path = small.save_public(tmp_path / "4.pth")
    assert replay(path, shards, limit=2, options=OPTIONS)["n"] == 2


def test_it_replays_what_training_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the vocabulary from before names were added, not that of the file."""
    used: dict[str, torch.Tensor] = {}

    def watched(*args: Any, replay: dict[str, torch.Tensor], **others: Any) -> Compared:
        used.update(replay)
        return compare(*args, replay=replay, **others)

    monkeypatch.setattr("storymodels.storydalle.analysis.replaying.compare", watched)
    shards = make_shards(tmp_path / "shards", stories={"val": 1})
    found = replay(small.save_public(tmp_path / "4.pth", n_words=9), shards, options=OPTIONS)
    assert found["gain_error"] is None
    size = small.model(n_words=9).size
    name = "layers.0.query.weight"
    assert torch.equal(used[name], replayed(as_trained(size, n_added=9))[name])
    assert not torch.equal(used[name], replayed(size)[name])


def test_a_file_that_lost_nothing_is_refused(tmp_path: Path) -> None:
    """There is nothing to replay."""
    shards = make_shards(tmp_path / "shards", stories={"val": 1})
    path = small.save_public(tmp_path / "4.pth", has_retro=True)
    assert any(name.startswith(RETRO) for name in to_official(small.model().state_dict()))
    with pytest.raises(InputError, match="nothing was lost there"):
        replay(path, shards, options=OPTIONS)
