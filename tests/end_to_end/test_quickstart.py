"""The promise of the first screen: one command, a whole benchmark run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import storybench

RELEASES = {
    "pororo": "pororosv-twin",
    "flintstones": "flintstonessv-twin",
    "didemo": "didemosv-rebuilt-twin",
}


def test_quickstart_ends_in_a_page_of_three_datasets(tmp_path: Path) -> None:
    """Data, predictions, reports that can be compared, and a page that needs no network."""
    out = tmp_path / "run"
    done = subprocess.run(
        [sys.executable, "-m", "storybench", "quickstart", str(out), "--stories", "12"],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    page = Path(done.stdout.strip().splitlines()[-1].removeprefix("Open "))
    html = page.read_text("utf-8")
    assert "copy-source" in html
    assert "nearest-train" in html
    assert 'src="http' not in html
    assert page.stat().st_size < 1_000_000
    for release, dataset in RELEASES.items():
        assert len(storybench.Stories(out / "shards" / release)) >= 6
        assert f'role="tab" id="tab-{1 + sorted(RELEASES.values()).index(dataset)}"' in html
        assert html.count(f'data-dataset="{dataset}"') == 3  # its tab, its entry, its section
        for model in ("copy-source", "nearest-train"):
            folder = out / "preds" / release / f"{model}.report"
            assert (folder / "index.html").is_file()
            report = json.loads((folder / "report.json").read_text("utf-8"))
            assert report["dataset"] == dataset
            assert report["scores"][0]["metric"].startswith("fd.twin.")
            assert report["scores"][0]["value"] > 0
    hint = next(line for line in done.stderr.splitlines() if "storybench compare" in line)
    compared = subprocess.run(
        [sys.executable, "-m", "storybench", *hint.split("storybench ")[1].split()],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=120,
    )
    assert compared.returncode == 0, compared.stderr
    assert "real frames" in compared.stdout
    assert (tmp_path / "versus.html").is_file()


@pytest.mark.slow
def test_quickstart_continues_where_it_was(tmp_path: Path) -> None:
    """A second run in the same folder keeps the build and ends in the same page."""
    args = [sys.executable, "-m", "storybench", "quickstart", str(tmp_path), "--stories", "6"]
    pages = []
    for _ in range(2):
        subprocess.run(args, capture_output=True, check=True, timeout=600)
        pages.append((tmp_path / "leaderboard" / "site" / "index.html").read_bytes())
    assert pages[0] == pages[1]
