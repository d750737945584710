"""The release is found where people put it, and a twin is never taken for the real one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from storybench.errors import InputError, MissingError, RawDataError
from storydata.flintstonessv import DATASET
from storydata.flintstonessv.release import open_release
from tests.flintstonessv.making import make
from tests.flintstonessv.releases import ANNOTATIONS, SAMPLED, write_release


@pytest.mark.parametrize("inside", [".", "flintstones", "release-v2", "release-v2/flintstones"])
def test_the_same_shards_from_wherever_it_lies(raw: Path, tmp_path: Path, inside: str) -> None:
    """The folder itself, `flintstones` in it, or a folder that the archive made."""
    expected = make(raw)
    home = tmp_path / "given" / inside
    home.parent.mkdir(parents=True, exist_ok=True)
    raw.rename(home)
    assert make(tmp_path / "given").stories == expected.stories
    assert make(Path(f"{tmp_path / 'given'}/")).clips == expected.clips
    assert DATASET.recognise(tmp_path / "given") == "it has {} of FlintstonesSV".format(
        ANNOTATIONS if inside == "." else f"{inside}/{ANNOTATIONS}"
    )


def test_the_annotations_count_for_more_than_the_frames(raw: Path, tmp_path: Path) -> None:
    """A zip that lies beside the release does not hide it."""
    (tmp_path / "given").mkdir()
    raw.rename(tmp_path / "given" / "flintstones")
    (tmp_path / "given" / f"{SAMPLED}.zip").touch()
    assert open_release(tmp_path / "given").folder == tmp_path / "given" / "flintstones"


def test_nothing_of_the_release_is_a_missing_input(tmp_path: Path) -> None:
    """What was looked for, and where, stands in the sentence."""
    with pytest.raises(MissingError, match=f"{ANNOTATIONS}, train-val-test_split.json and"):
        open_release(tmp_path)
    assert DATASET.recognise(tmp_path) is None
    with pytest.raises(MissingError, match="found nothing there"):
        open_release(tmp_path / "gone")
    assert DATASET.recognise(tmp_path / "gone") is None
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="found a file"):
        open_release(tmp_path / "file")


@pytest.mark.parametrize("place", [".", "flintstones"])
def test_a_twin_has_its_own_name_terms_and_cast(tmp_path: Path, place: str) -> None:
    """`twin.json` names the characters in label order; nothing was published about it."""
    write_release(tmp_path / "flintstones", caches=False)
    cast = [{"name": "Barney", "species": "bear"}, {"name": "Fred"}, {"name": "Nox"}]
    (tmp_path / place / "twin.json").write_text(json.dumps({"cast": cast, "seed": 0}))
    made = make(tmp_path)
    spec = made.plan.spec
    assert (spec.name, spec.characters) == ("flintstonessv-twin", ("Barney", "Fred", "Nox"))
    assert spec.n_stories == {}
    assert spec.licence.startswith("CC0")
    assert [clip.characters for clip in made.clips[:4]] == [
        (0, 0, 0), (0, 1, 0), (0, 0, 0), (1, 0, 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "Expected JSON in twin.json of a twin"),
        ("{}", "Expected the key cast in twin.json of a twin, found none"),
        ('{"cast": []}', "cast in twin.json of a twin to have 1 or more entries"),
        ('{"cast": [{"name": ""}]}', "cast.0.name in twin.json"),
        ('{"cast": [{"name": "A"}, {"name": "A"}]}', "every character once .* found A, A"),
    ],
)
def test_a_twin_without_a_cast_is_refused(raw: Path, text: str, message: str) -> None:
    """Labels without names are nothing."""
    (raw / "twin.json").write_text(text)
    with pytest.raises(RawDataError, match=message):
        open_release(raw)


def test_the_real_release_has_seven_characters(raw: Path) -> None:
    """In the order of the official labels, with the published counts beside them."""
    spec = make(raw).plan.spec
    assert spec.characters == ("Wilma", "Fred", "Betty", "Barney", "Dino", "Pebbles", "Mr Slate")
    assert spec.name == "flintstonessv"
    assert dict(spec.n_stories) == {"train": 20132, "val": 2071, "test": 2309}
    assert "Gupta" in spec.citation
    assert "Do not redistribute" in spec.licence
