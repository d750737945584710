"""Does a study run from worlds to a table, go on where it was stopped, and stay one study?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from storybench.errors import InputError, MissingError
from storybench.files import read_json
from storybench.images import decode
from storybench.registry import load
from storybench.reproduce import reproduce
from storybench.studies import Better, BetterCharacter, Study, Swapped, Training, World
from storymodels.storydalle.study import STUDY
from storymodels.storydalle.twin import WEIGHTS

LEARNING = {"steps": 2, "batch": 2, "accumulate": 1, "device": "cpu"}

SMALL = Study(
    about="A study that learns nothing",
    trainer="storydalle",
    looks="attention",
    worlds={
        "one": World("pororo", "pororosv", 40, 1),
        "two": World("pororo", "pororosv", 40, 2, "Zuzu"),
    },
    judge="one",
    trainings={
        "full": Training("one", "twin-full", LEARNING),
        "prompt": Training("one", "twin-prompt", LEARNING),
        "held-out": Training("two", "twin-full", LEARNING),
        "held-out-no-source": Training("two", "twin-full-no-source", LEARNING),
    },
    claims=(
        Better("Full beats prompt", "full", "prompt", ("fd", "charf1")),
        Swapped("The source is used", "full", hurts=True),
        BetterCharacter("Zuzu", "held-out", "held-out-no-source", "Zuzu"),
    ),
    drawing={"batch": 16, "device": "cpu"},
)


@pytest.fixture
def base() -> Path:
    """The toy world's model, named as a user names one."""
    return WEIGHTS


def test_the_registered_study_names_what_there_is() -> None:
    """Its trainings, worlds and presets exist, and its options are those of the trainer."""
    assert load("studies", "storydalle") is STUDY
    presets = load("trainers", STUDY.trainer).presets()
    assert STUDY.judge in STUDY.worlds
    for training in STUDY.trainings.values():
        assert training.preset in presets
        assert training.world in STUDY.worlds
    for claim in STUDY.claims:
        named = [claim.training] if isinstance(claim, Swapped) else [claim.first, claim.second]
        assert {STUDY.trainings[name].world for name in named} < {*STUDY.worlds}
        assert len({STUDY.trainings[name].world for name in named}) == 1
    assert len({world.seed for world in STUDY.worlds.values()}) == len(STUDY.worlds)


@pytest.mark.slow
def test_a_study_is_carried_out_and_gone_on_with(base: Path, tmp_path: Path) -> None:
    """Table, numbers and pictures; a second call trains nothing and says the same."""
    out = tmp_path / "study"
    said: list[str] = []
    found = reproduce(SMALL, out, seeds=[0, 1], init=base, say=said.append)
    assert [one.says for one in found.answers] == [
        *["Full beats prompt"] * 2,
        *["The source is used"] * 2,
        "Zuzu",
    ]
    assert all(len(one.differences) == 2 for one in found.answers)
    assert found.costs["full"][0]["steps"] == 2
    assert sum("2 steps" in sentence for sentence in said) == 8
    table = (out / "results.md").read_text()
    assert "| Full beats prompt | Fréchet distance ↓ | full : prompt |" in table
    assert "Characters are recognised by `small64." in table
    assert "processors, torch " in table
    assert decode((out / "sheet.png").read_bytes(), "sheet").shape[1] > 5 * 160
    before = {path: path.stat().st_mtime_ns for path in (out / "runs").rglob("*.safetensors")}

    first = reproduce(SMALL, out, seeds=[0], init=base)
    assert first.answers[0].differences == found.answers[0].differences[:1]
    again = reproduce(SMALL, out, seeds=[0, 1], init=base)
    assert again.answers == found.answers
    assert {path: path.stat().st_mtime_ns for path in before} == before
    numbers = read_json(out / "results.json")
    assert numbers["answers"][0]["verdict"] == found.answers[0].verdict

    with pytest.raises(InputError, match="found that of another"):
        reproduce(replace(SMALL, about="Another"), out, init=base)


def test_what_cannot_be_begun_is_refused(tmp_path: Path) -> None:
    """Seeds that say nothing, a start that is not there, a folder of other files, a file."""
    with pytest.raises(InputError, match="Expected different seeds, found"):
        reproduce(SMALL, tmp_path / "out", seeds=[1, 1])
    with pytest.raises(MissingError, match="Expected weights to start from at"):
        reproduce(SMALL, tmp_path / "out", init=tmp_path / "none")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match="Expected a new or empty folder at"):
        reproduce(SMALL, tmp_path)
    with pytest.raises(InputError, match=r"Expected a folder for the study at .*, found a file\."):
        reproduce(SMALL, tmp_path / "file")
