"""Does quickstart say what is missing before it begins?"""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from storybench.cli import guard, quickstart


def test_a_missing_package_is_said_before_anything_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after an installation without extras."""
    monkeypatch.setattr(
        quickstart, "find_spec", lambda name: None if name == "torchvision" else name
    )
    app = typer.Typer()
    app.command()(guard.guarded(quickstart.quickstart))
    done = CliRunner().invoke(app, [str(tmp_path / "out")])
    assert done.exit_code == 4
    assert "Expected the package 'torchvision'" in done.stderr
    assert not (tmp_path / "out").exists()
