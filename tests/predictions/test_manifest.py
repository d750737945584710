"""predictions.json: whole, of the schema, and unedited, or refused in one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storybench.errors import PredictionError, VerificationError
from storybench.files import sha256_json
from storybench.predictions import PredictionSet
from tests.factories import make_predictions

Edit = Callable[[dict[str, Any]], object]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The manifest of a finished run of two stories."""
    make_predictions(tmp_path / "preds", ["p-0001", "p-0002"])
    return tmp_path / "preds" / "predictions.json"


def test_the_digest_is_the_hash_of_everything_else(path: Path) -> None:
    """Anyone can recompute it: SHA-256 of the canonical JSON without `digest`."""
    value = json.loads(path.read_bytes())
    digest = value.pop("digest")
    assert digest == sha256_json(value)


@pytest.mark.parametrize(
    "edit",
    [
        lambda value: value.update(seed=1),
        lambda value: value["model"].update(name="ours"),
        lambda value: value["frames"].pop("p-0002"),
        lambda value: value.update(containers={"p-0002": ["jpeg", "png"]}),
        lambda value: value.update(digest="0" * 64),
    ],
    ids=["seed", "model", "frames", "containers", "digest"],
)
def test_an_edited_manifest_is_refused(path: Path, edit: Edit) -> None:
    """A manifest that does not match its own digest was changed by someone."""
    value = json.loads(path.read_bytes())
    edit(value)
    path.write_text(json.dumps(value), "utf-8")
    with pytest.raises(VerificationError, match=r"predictions\.json states.*was edited after"):
        PredictionSet(path.parent)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda value: value.pop("seed"), "Expected the key seed in"),
        (lambda value: value.update(n_targets=0), "n_targets in .* to be above 0, found 0"),
        (
            lambda value: value.update(schema_version=2),
            "Expected schema_version in .* to be 1, found 2",
        ),
        (lambda value: value.update(extra=1), "Expected keys that .* knows, found extra"),
        (lambda value: value["frames"].update({"../x": []}), "Expected a key of frames in"),
        (lambda value: value["frames"].update({"x": ["abc"]}), r"Expected frames\.x\.0 in"),
        (lambda value: value.update(containers={"x": ["bmp"]}), r"Expected containers\.x\.0 in"),
    ],
)
def test_another_schema_is_refused(path: Path, edit: Edit, message: str) -> None:
    """The message names the first field that is wrong, and says what to do."""
    value = json.loads(path.read_bytes())
    edit(value)
    path.write_text(json.dumps(value), "utf-8")
    with pytest.raises(PredictionError, match=f"{message}.*Generate again, or remove the file"):
        PredictionSet(path.parent)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"seed": ', "Expected JSON in .* found an error at line 1"),
        ("[]", r"predictions\.json to hold keys with values, found \[\]"),
        ("", "found an error at line 1, column 1"),
    ],
)
def test_other_text_is_refused(path: Path, text: str, message: str) -> None:
    """Half a manifest says where it breaks off."""
    path.write_text(text, "utf-8")
    with pytest.raises(PredictionError, match=message):
        PredictionSet(path.parent)
