"""Parts are found by name, ours and anyone's."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from storybench import registry
from storybench.errors import MissingError, UnknownNameError


def test_our_own_parts_are_registered() -> None:
    """What the README names is found through the same entry points a third party uses."""
    assert "didemosv" in registry.names("datasets")
    assert "didemo" in registry.names("twins")
    assert {"copy-source", "nearest-train"} <= set(registry.names("models"))
    assert "fid" in registry.names("metrics")
    assert {"inception", "twin"} <= set(registry.names("extractors"))


@pytest.mark.parametrize("kind", ["datasets", "twins", "models", "metrics", "extractors"])
def test_every_registered_part_loads(kind: registry.Kind) -> None:
    """No entry point is dangling."""
    for name in registry.names(kind):
        assert registry.load(kind, name) is not None


def test_a_wrong_name_lists_close_matches() -> None:
    """A typing mistake is answered with what was probably meant."""
    with pytest.raises(UnknownNameError, match=r"found 'copysource'. Did you mean copy-source"):
        registry.load("models", "copysource")
    with pytest.raises(UnknownNameError, match=r"Known: .*nearest-train"):
        registry.load("models", "zzz")


def test_a_missing_dependency_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part whose optional package is absent says what to install (exit code 4)."""
    point = EntryPoint("mine", "absent_package.module:thing", "storybench.models")
    monkeypatch.setattr(registry, "entry_points", lambda group: [point])
    sys.modules.pop("absent_package", None)
    with pytest.raises(MissingError, match=r"'absent_package'.*pip install 'storybench\[all\]'"):
        registry.load("models", "mine")


def test_the_missing_dependency_of_another_package_is_that_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A third party's part names its distribution; our own extras would not help."""
    info = tmp_path / "their_models-2.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-models\nVersion: 2.1\n")
    (info / "entry_points.txt").write_text(
        "[storybench.models]\ntheirs = absent_package.module:thing\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(
        MissingError, match=r"'absent_package'.*their-models 2\.1 registered it"
    ) as caught:
        registry.load("models", "theirs")
    assert "storybench[all]" not in str(caught.value)
