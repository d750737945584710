"""`storybench generate` with a checkpoint, as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from open_clip.model import CLIP, CLIPTextCfg, CLIPVisionCfg

from storybench.images import encode_png
from storybench.metrics import clip
from storybench.predictions import examine
from storybench.predictions.store import PredictionSet
from storybench.shards.reader import Stories
from tests.cli.running import apart, storybench
from tests.factories import make_shards, picture
from tests.storydalle import small


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model as training writes it."""
    return small.save(tmp_path_factory.mktemp("run") / "checkpoints" / "step-00000005")


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    """Three stories."""
    return make_shards(tmp_path / "shards", stories={"train": 1, "test": 3})


@pytest.fixture(scope="module")
def clip_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CLIP of two thin layers with random parameters."""
    torch.manual_seed(0)
    vision = CLIPVisionCfg(layers=2, width=64, patch_size=16, image_size=32)
    model = CLIP(24, vision, CLIPTextCfg(width=64, heads=1, layers=2), quick_gelu=True)
    path = tmp_path_factory.mktemp("clip") / "small.pt"
    torch.save(model.state_dict(), path)
    return path


def test_a_checkpoint_draws_a_split(checkpoint: Path, shards: Path, tmp_path: Path) -> None:
    """The run's newest one, in batches; what comes out is complete, and its memory was said."""
    out = tmp_path / "preds"
    command = ("generate", "--model", checkpoint.parent.parent, "--data", shards, "--out", out)
    done = storybench(*command, "--batch", "2", "--top-k", "9", "--device", "cpu", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["n_stories"] == 3
    assert "Weights and one batch need" in done.stderr
    assert "At its peak the program used" in done.stderr
    test = Stories(shards, "test")
    found = examine(out, story_ids=test.ids, n_targets=2, data_digest=test.digest)
    assert found.faults == ()
    assert PredictionSet(out).model["choice"] == {"temperature": 1.0, "top_k": 9, "top_p": 0.5}


@pytest.mark.slow
def test_without_a_compiler_that_is_said(checkpoint: Path, shards: Path, tmp_path: Path) -> None:
    """Before anything is read or drawn."""
    out = tmp_path / "preds"
    command = ("generate", "--model", checkpoint, "--data", shards, "--out", out)
    done = apart(*command, "--compile", "--device", "cpu", CXX=str(tmp_path / "none"))
    assert done.returncode == 4
    assert "Expected a C++ compiler for --compile, found that torch" in done.stderr
    assert "or leave --compile out" in done.stderr
    assert not out.exists()


@pytest.mark.slow
def test_clip_chooses_among_candidates(
    checkpoint: Path, shards: Path, clip_weights: Path, tmp_path: Path
) -> None:
    """Of every frame the candidate whose cosine with its caption is highest is kept."""
    options = ("--candidates", "3", "--setting", "camera-ready", "--device", "cpu")
    command = ("generate", "--model", checkpoint, "--data", shards, "--limit", "1", *options)
    done = storybench(*command, "--out", tmp_path / "preds", "--rerank", clip_weights)
    assert done.returncode == 0, done.stderr
    kept = PredictionSet(tmp_path / "preds")
    assert kept.manifest is not None
    assert kept.manifest.n_candidates == 3
    assert kept.model["rerank"]["by"] == "clip-vit64-16-32"
    candidates = _candidates(checkpoint, shards)
    captions = Stories(shards, "test").captions(0)[1:]
    with torch.inference_mode():
        text = torch.from_numpy(clip.text(clip_weights, captions))
        tower = clip.load(clip_weights)
        scores = torch.stack(
            [
                torch.cosine_similarity(torch.from_numpy(tower(list(frames))), text)
                for frames in candidates
            ]
        )
    best = [candidates[pick][k] for k, pick in enumerate(scores.argmax(0).tolist())]
    np.testing.assert_array_equal(kept.load("test-000").frames, np.stack(best))
    refused = storybench(*command, "--out", tmp_path / "other")
    assert refused.returncode == 2
    assert "Add --rerank clip" in refused.stderr


def _candidates(checkpoint: Path, shards: Path) -> list[np.ndarray]:
    """All three of the first story."""
    from storybench.generate import find, story_seed
    from storybench.registry import BatchModel

    model = find(
        str(checkpoint), {"candidates": 3, "setting": "camera-ready", "device": "cpu"}, data=shards
    )
    assert isinstance(model, BatchModel)
    prompt = Stories(shards, "test").prompt(0)
    (drawn,) = model.generate_batch([prompt], seeds=[story_seed(0, prompt.id)])
    return [one.frames for one in drawn]


def test_a_story_of_ones_own(checkpoint: Path, tmp_path: Path) -> None:
    """Captions and a picture in; pictures and a sheet out, whose paths are printed."""
    (tmp_path / "story.txt").write_text("Ada reads.\nAda runs.\nBo sleeps.\nCleo cooks.\n")
    (tmp_path / "first.png").write_bytes(encode_png(picture((90, 70), seed=3)))
    done = storybench(
        *("generate", "--model", checkpoint, "--captions", tmp_path / "story.txt"),
        *("--source", tmp_path / "first.png", "--out", tmp_path / "own", "--device", "cpu"),
    )
    assert done.returncode == 0, done.stderr
    written = [Path(line) for line in done.stdout.splitlines()]
    assert [path.name for path in written] == ["1.png", "2.png", "3.png", "sheet.png"]
    assert all(path.is_file() for path in written)


@pytest.mark.parametrize(
    "options",
    [(), ("--captions", "story.txt"), ("--data", "shards", "--source", "first.png")],
    ids=["nothing", "half a story", "both"],
)
def test_either_a_build_or_ones_own(options: tuple[str, ...], tmp_path: Path) -> None:
    """Never half of one."""
    done = storybench("generate", "--model", "copy-source", "--out", tmp_path / "out", *options)
    assert done.returncode == 2
    assert "Expected --data for the stories of a build, or --captions and --source" in done.stderr


@pytest.mark.parametrize("option", [("--split", "test"), ("--limit", "1")], ids=lambda o: o[0])
def test_ones_own_story_has_no_part(option: tuple[str, str], tmp_path: Path) -> None:
    """It is drawn whole, and what was typed is not ignored; what is set for good is."""
    (tmp_path / "story.txt").write_text("Ada reads.\nAda runs.\n")
    (tmp_path / "first.png").write_bytes(encode_png(picture((64, 64), seed=3)))
    command = (
        *("generate", "--model", "copy-source", "--captions", tmp_path / "story.txt"),
        *("--source", tmp_path / "first.png", "--out", tmp_path / "own"),
    )
    refused = storybench(*command, *option)
    assert refused.returncode == 2
    assert f"Expected {option[0]} with --data alone" in refused.stderr
    assert not (tmp_path / "own").exists()
    assert storybench(*command, STORYBENCH_SPLIT="val").returncode == 0


def test_the_next_command_is_one_that_works(shards: Path, tmp_path: Path) -> None:
    """A part of a split is no set to be scored: the same command goes on with it."""
    command = ("generate", "--model", "copy-source", "--data", shards, "--out", tmp_path / "out")
    part = storybench(*command, "--limit", "2")
    assert "Next: the same command without --limit, which draws the 1 story that is left" in (
        part.stderr
    )
    assert "storybench eval --preds" not in part.stderr
    whole = storybench(*command)
    assert whole.returncode == 0, whole.stderr
    assert f"Next: storybench eval --preds {tmp_path / 'out'} --data {shards}" in whole.stderr


def test_a_clip_that_is_none_says_what_to_do(
    checkpoint: Path, shards: Path, tmp_path: Path
) -> None:
    """Neither that scores are left out, nor torch's advice to open whatever it is."""
    command = ("generate", "--model", checkpoint, "--data", shards, "--out", tmp_path / "out")
    options = ("--candidates", "2", "--device", "cpu", "--rerank")
    absent = storybench(*command, *options, "clip", STORYBENCH_HOME=str(tmp_path / "home"))
    assert absent.returncode == 4
    assert "leave out --rerank and --candidates" in absent.stderr
    assert "scores" not in absent.stderr
    torch.save({"callback": Path("x")}, tmp_path / "other.pt")
    other = storybench(*command, *options, tmp_path / "other.pt")
    assert other.returncode == 2
    assert "Expected the parameters of a CLIP" in other.stderr
    assert "weights_only" not in other.stderr
    assert not (tmp_path / "out").exists()


def test_a_device_for_all_commands_is_no_option_of_a_control(shards: Path, tmp_path: Path) -> None:
    """STORYBENCH_DEVICE may be set for good."""
    command = ("generate", "--model", "copy-source", "--data", shards, "--out", tmp_path / "out")
    assert storybench(*command, STORYBENCH_DEVICE="cpu").returncode == 0
    refused = storybench(*command, "--top-k", "3")
    assert refused.returncode == 2
    assert "Expected top_k with a checkpoint" in refused.stderr


def test_the_help_promises_what_is_taken(checkpoint: Path, shards: Path, tmp_path: Path) -> None:
    """A top-p of 0 would leave no code, and is refused."""
    command = ("generate", "--model", checkpoint, "--data", shards, "--out", tmp_path / "out")
    refused = storybench(*command, "--top-p", "0")
    assert refused.returncode == 2
    assert "Expected a top_p above 0 and at most 1, found 0.0" in refused.stderr
    shown = storybench("generate", "--help").stdout
    assert "0<=x<=1" not in shown
    assert "above 0" in " ".join(shown.split())


@pytest.mark.slow
def test_replay_is_answered_in_words_and_json(tmp_path: Path) -> None:
    """Four losses and a sentence."""
    shards = make_shards(tmp_path / "shards", stories={"val": 2})
    path = small.save_public(tmp_path / "4.pth")
    command = ("analyse", "replay", "--model", path, "--data", shards)
    sentences = ("--sentences", f"hash:{small.SENTENCE_WIDTH}")
    done = storybench(*command, *sentences, "--out", tmp_path / "whole")
    assert done.returncode == 0, done.stderr
    assert "replayed from seed 42" in done.stdout
    assert "The weights do not know the replayed cross-attention." in done.stdout
    assert "So no model was written." in done.stderr
    missing = storybench(*command, "--json")
    assert missing.returncode == 4
    assert "--sentences" in missing.stderr
