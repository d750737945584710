"""An evaluation lies beside its predictions, by protocol, and a path says which one is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from storybench.errors import InputError
from storybench.files import write_json
from storybench.report import folder
from storybench.report.place import folder_of, home_of
from storybench.report.record import document, read_report
from tests.report.evaluations import World, make_evaluation


def test_reports_lie_beside_the_predictions(tmp_path: Path, monkeypatch):
    """Never inside them, from wherever the command is run."""
    monkeypatch.chdir(tmp_path)
    assert home_of(Path("preds/mine")) == tmp_path / "preds" / "mine.report"
    assert home_of(Path()) == tmp_path.with_name(f"{tmp_path.name}.report")


def test_the_only_evaluation_is_the_one_that_is_meant(world: World):
    """By its folder, its report.json, or the folder of all reports; read alike from each."""
    home = world.folder / "preds.report"
    given = make_evaluation(world.stories)
    out = folder.write(
        given, home / "sb-v1", predictions=world.predictions("mine"), stories=world.stories
    )
    for path in (out, out / "report.json", home):
        assert folder_of(path) == out
        assert folder.read(path).report == given.report
        assert read_report(path) == given.report
        assert folder.places(path).data == world.stories.directory


def test_of_several_evaluations_one_has_to_be_named(world: World, tmp_path: Path):
    """An older report in the folder itself counts: none is taken for another."""
    value = document(make_evaluation(world.stories).report)
    home = tmp_path / "mine.report"
    for place in (home / "sb-v1", home / "arldm-2022"):
        write_json(place / "report.json", value)
    found = r"found 2: arldm-2022/report\.json, sb-v1/report\.json\. Name one of them, such as .*"
    with pytest.raises(InputError, match=found):
        read_report(home)
    write_json(home / "report.json", value)
    with pytest.raises(InputError, match=r"found 3: report\.json, arldm-2022/report\.json, "):
        read_report(home)
