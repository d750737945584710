"""The promise of the first screen: one command, a whole benchmark run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from storybench.cli import quickstart
from storybench.shards.reader import Stories
from tests.cli.running import storybench

RELEASES = {
    "pororo": "pororosv-twin",
    "flintstones": "flintstonessv-twin",
    "didemo": "didemosv-rebuilt-twin",
}


SYSTEMS = {
    "pororo": ("copy-source", "nearest-train", "storydalle"),
    "flintstones": ("copy-source", "nearest-train"),
    "didemo": ("copy-source", "nearest-train"),
}


@pytest.fixture
def briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fine-tuning of two steps."""
    monkeypatch.setitem(quickstart.TUNING, "steps", 2)
    monkeypatch.setitem(quickstart.TUNING, "warm_up", 1)


@pytest.mark.usefixtures("briefly")
def test_quickstart_ends_in_a_page_of_three_datasets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Data, predictions, reports that can be compared, and a page that needs no network."""
    out = tmp_path / "run"
    done = storybench("quickstart", out, "--stories", "12")
    assert done.returncode == 0, done.stderr
    page = Path(done.stdout.strip().splitlines()[-1].removeprefix("Open "))
    html = page.read_text("utf-8")
    assert "copy-source" in html
    assert "nearest-train" in html
    assert "storydalle" in html
    assert 'src="http' not in html
    assert page.stat().st_size < 1_000_000
    for release, dataset in RELEASES.items():
        assert len(Stories(out / "shards" / release)) >= 6
        assert f'role="tab" id="tab-{1 + sorted(RELEASES.values()).index(dataset)}"' in html
        assert html.count(f'data-dataset="{dataset}"') == 3  # its tab, its entry, its section
        for model in SYSTEMS[release]:
            folder = out / "preds" / release / f"{model}.report" / "sb-v1"
            assert (folder / "index.html").is_file()
            report = json.loads((folder / "report.json").read_text("utf-8"))
            assert report["dataset"] == dataset
            assert report["scores"][0]["metric"].startswith("fd.twin.")
            assert report["scores"][0]["value"] > 0
    hint = next(line for line in done.stderr.splitlines() if "storybench compare" in line)
    monkeypatch.chdir(tmp_path)
    compared = storybench(*hint.split("storybench ")[1].split())
    assert compared.returncode == 0, compared.stderr
    assert "real frames" in compared.stdout
    assert (tmp_path / "versus.html").is_file()


def test_a_file_is_no_folder_for_the_quickstart(tmp_path: Path) -> None:
    """It is left as it is."""
    out = tmp_path / "out"
    out.write_text("mine")
    done = storybench("quickstart", out)
    assert done.returncode == 2
    assert f"Expected a folder for the quickstart at {out}, found a file." in done.stderr
    assert out.read_text() == "mine"


@pytest.mark.slow
@pytest.mark.usefixtures("briefly")
def test_quickstart_continues_where_it_was(tmp_path: Path) -> None:
    """A second run in the same folder keeps the build and ends in the same page."""
    pages = []
    for _ in range(2):
        assert storybench("quickstart", tmp_path, "--stories", "6").returncode == 0
        pages.append((tmp_path / "leaderboard" / "site" / "index.html").read_bytes())
    assert pages[0] == pages[1]
