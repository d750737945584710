"""The promise of the first screen: one command, a whole benchmark run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import storybench


def test_quickstart_ends_in_a_page_with_both_controls(tmp_path: Path) -> None:
    """Raw data, verified shards, predictions, reports and a page that needs no network."""
    out = tmp_path / "run"
    done = subprocess.run(
        [sys.executable, "-m", "storybench", "quickstart", str(out), "--stories", "12"],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    page = Path(done.stdout.strip().splitlines()[-1].removeprefix("Open "))
    html = page.read_text("utf-8")
    assert "copy-source" in html
    assert "nearest-train" in html
    assert 'src="http' not in html
    assert page.stat().st_size < 1_000_000
    assert len(storybench.Stories(out / "shards" / "didemo")) >= 6
    for model in ("copy-source", "nearest-train"):
        report = json.loads((out / "preds" / f"{model}.report.json").read_text("utf-8"))
        assert report["dataset"] == "didemosv-rebuilt-twin"
        assert report["scores"][0]["metric"].startswith("fd.twin.")
        assert report["scores"][0]["value"] > 0


def test_quickstart_continues_where_it_was(tmp_path: Path) -> None:
    """A second run in the same folder keeps the build and ends in the same page."""
    args = [sys.executable, "-m", "storybench", "quickstart", str(tmp_path), "--stories", "6"]
    pages = []
    for _ in range(2):
        subprocess.run(args, capture_output=True, check=True, timeout=300)
        pages.append((tmp_path / "leaderboard" / "site" / "index.html").read_bytes())
    assert pages[0] == pages[1]
