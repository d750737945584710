"""A twin is known wherever its file lies, and is never taken for the real release."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from storybench.errors import RawDataError
from storydata.kit.twins import FACTS, UNFINISHED, cast_of, find_facts

CAST = json.dumps({"cast": [{"name": "Pim", "species": "frog"}, {"name": "Mr Tusk"}], "seed": 0})


def test_beside_the_release_or_in_it(tmp_path: Path) -> None:
    """The first folder that has the file counts; a release without one is nobody's twin."""
    inner = tmp_path / "release"
    inner.mkdir()
    assert find_facts((tmp_path, inner)) is None
    (inner / FACTS).write_text(CAST)
    facts = find_facts((tmp_path, inner))
    assert facts is not None
    assert facts.path == inner / FACTS
    assert cast_of(facts) == ("Pim", "Mr Tusk")


@pytest.mark.parametrize("member", [FACTS, f"a/{FACTS}"])
def test_in_an_archive(tmp_path: Path, member: str) -> None:
    """Whoever zips a twin up does not make it real."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(member, CAST)
        archive.writestr("b.png", b"x")
    facts = find_facts((tmp_path,), tmp_path / "x.zip")
    assert facts is not None
    assert cast_of(facts) == ("Pim", "Mr Tusk")


def test_one_that_was_stopped_is_refused(tmp_path: Path) -> None:
    """Half a twin has no cast, and no truth."""
    (tmp_path / UNFINISHED).write_text("{}")
    with pytest.raises(
        RawDataError, match=r"found \.twin-unfinished\.json of one that was stopped"
    ):
        find_facts((tmp_path,))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", "Expected JSON in twin.json of a twin"),
        ("{}", "Expected the key cast in"),
        ('{"cast": [{"name": "../x"}]}', r"Expected cast\.0\.name in"),
        ('{"cast": [{"name": "A"}, {"name": "A"}]}', "every character once .* found A, A"),
    ],
)
def test_a_cast_that_cannot_be_read_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    """Names from outside are held to a form."""
    (tmp_path / FACTS).write_text(text)
    facts = find_facts((tmp_path,))
    assert facts is not None
    with pytest.raises(RawDataError, match=fault):
        cast_of(facts)
