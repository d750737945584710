"""Stories drawn several at a time: the same pictures as one by one, stopped or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from storybench.errors import InputError, MissingError, UnknownNameError
from storybench.generate import find, generate
from storybench.generate.rerank import ClipRanker, chosen, ranker
from storybench.registry import BatchModel, load
from storybench.types import Prediction
from tests.factories import make_shards
from tests.generate.test_generate import tree
from tests.generate.world import Batches


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    """Seven stories to continue."""
    return make_shards(tmp_path / "shards", stories={"train": 1, "test": 7})


def test_stories_come_in_batches_and_in_order(shards: Path, tmp_path: Path) -> None:
    """The last one smaller; progress after each."""
    model, calls = Batches(), []
    generate(model, shards, tmp_path / "preds", on_progress=lambda *call: calls.append(call))
    assert [len(batch) for batch in model.asked] == [3, 3, 1]
    assert sum(model.asked, ()) == tuple(f"test-00{k}" for k in range(7))
    assert calls == [(3, 7, "stories"), (6, 7, "stories"), (7, 7, "stories")]


def test_predictions_are_the_same_whatever_the_batch(shards: Path, tmp_path: Path) -> None:
    """Byte for byte, since seeds belong to stories."""
    one, three, nine = (
        tree(generate(Batches(batch=n), shards, tmp_path / str(n)).directory) for n in (1, 3, 9)
    )
    assert one == three == nine


def test_a_stopped_run_draws_the_same_batches_again(shards: Path, tmp_path: Path) -> None:
    """A batch of which a story is missing is drawn whole, so that its arithmetic is the same."""
    whole = tree(generate(Batches(), shards, tmp_path / "whole").directory)
    with pytest.raises(KeyboardInterrupt):
        generate(Batches(stop_after=2), shards, tmp_path / "preds")
    (tmp_path / "preds" / "test-004" / "1.png").unlink()
    (tmp_path / "preds" / "test-004" / "2.png").unlink()
    (tmp_path / "preds" / "test-004").rmdir()
    model = Batches()
    generate(model, shards, tmp_path / "preds")
    assert model.asked == [("test-003", "test-004", "test-005"), ("test-006",)]
    assert tree(tmp_path / "preds") == whole


class Brightest:
    """Prefers bright pictures."""

    def record(self) -> Mapping[str, Any]:
        return {"by": "brightness"}

    def best(self, candidates: Sequence[Prediction], captions: Sequence[str]) -> Prediction:
        light = np.stack([one.frames.mean(axis=(1, 2, 3)) for one in candidates])
        assert len(captions) == light.shape[1]
        return chosen(candidates, light.argmax(axis=0).tolist())


def test_of_every_frame_the_best_candidate_is_kept(
    shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the manifest says how many there were and what chose."""
    monkeypatch.setattr("storybench.generate.rerank.ClipRanker", lambda path: Brightest())
    model = Batches(n_candidates=4)
    made = generate(model, shards, tmp_path / "preds", rerank="clip")
    assert made.manifest is not None
    assert made.manifest.n_candidates == 4
    assert made.manifest.model == {"name": "batches", "rerank": {"by": "brightness"}}
    seed = made.load("test-002").seed
    assert seed == 0
    single = generate(Batches(), shards, tmp_path / "single")
    light = [made.load(name).frames.mean(axis=(1, 2, 3)) for name in made.story_ids]
    other = [single.load(name).frames.mean(axis=(1, 2, 3)) for name in single.story_ids]
    assert (np.stack(light) >= np.stack(other)).all()
    assert np.stack(light).mean() > np.stack(other).mean()


def test_frames_are_chosen_one_by_one() -> None:
    """From different candidates; a story that is one candidate's says whose."""
    a, b = (Prediction("s", np.full((2, 64, 64, 3), k, np.uint8), candidate=k) for k in (0, 1))
    mixed = chosen([a, b], [1, 0])
    assert mixed.frames[:, 0, 0, 0].tolist() == [1, 0]
    assert chosen([a, b], [1, 1]).candidate == 1


@pytest.mark.parametrize(
    ("wanted", "n", "message"),
    [
        (None, 4, "a way to choose one of 4 candidates, found none. Add --rerank clip"),
        ("clip", 1, "several candidates to choose from, found one a frame"),
    ],
)
def test_candidates_and_a_choice_go_together(wanted: str | None, n: int, message: str) -> None:
    """Neither is ignored in silence."""
    with pytest.raises(InputError, match=message):
        ranker(wanted, n_candidates=n)


def test_clip_weights_that_are_not_there_are_missing(tmp_path: Path) -> None:
    """Before anything is drawn."""
    with pytest.raises(MissingError, match=r"nowhere\.pt"):
        ClipRanker(tmp_path / "nowhere.pt")


def test_models_of_one_story_are_no_batch_models() -> None:
    """The controls are drawn with as ever."""
    assert not isinstance(load("models", "copy-source")(), BatchModel)
    assert isinstance(Batches(), BatchModel)


def test_a_registered_model_has_no_options_of_checkpoints(shards: Path, tmp_path: Path) -> None:
    """They would be ignored."""
    with pytest.raises(InputError, match="Expected batch, top_k with a checkpoint"):
        generate("copy-source", shards, tmp_path / "preds", options={"top_k": 3, "batch": 2})


def test_a_path_is_a_checkpoint_or_missing(tmp_path: Path) -> None:
    """A slip of the keyboard in a name is still answered with names."""
    with pytest.raises(MissingError, match=r"Expected a checkpoint at .*, found nothing there"):
        find(str(tmp_path / "nowhere"))
    with pytest.raises(MissingError, match=r"Expected a checkpoint at model\.pth"):
        find("model.pth")
    with pytest.raises(UnknownNameError, match="Did you mean copy-source"):
        find("copy-sorce")


def test_a_folder_of_no_known_kind_is_refused(tmp_path: Path) -> None:
    """The kinds that are known are named."""
    with pytest.raises(InputError, match="found none of a known kind"):
        find(str(tmp_path))
