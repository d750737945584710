"""`DATASET` as the command line uses it: every layout, every wrong folder, the same bytes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from storybench import registry
from storybench.errors import InputError, MissingError, RawDataError
from storybench.images import decode
from storybench.shards.clips import Clips
from storybench.shards.manifest import read_manifest
from storybench.shards.reader import Stories
from storybench.shards.verify import verify
from storydata.kit.drops import read_drops
from storydata.pororosv import DATASET
from storydata.pororosv.spec import CHARACTERS, LICENCE
from tests.pororosv.releases import (
    EPISODES,
    STARTS,
    TRAIN,
    clip_id,
    clips,
    colour,
    n_frames,
    save_object,
    write_caches,
    write_originals,
    write_release,
)
from tests.pororosv.test_release import pack


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file of a build but the receipts."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_it_is_registered() -> None:
    """The command line finds the dataset by name."""
    assert registry.load("datasets", "pororosv") is DATASET


def test_where_it_is_started_does_not_change_a_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder itself or one around it, another working folder, a slash at the end.

    P14: the official loaders read `../pororo_png/…` from wherever they are started.
    """
    write_release(tmp_path / "raw")
    options = {"stories_per_shard": 3, "clips_per_shard": 8}
    DATASET.build(tmp_path / "raw", tmp_path / "one", options=options)
    monkeypatch.chdir(tmp_path / "raw")
    DATASET.build(Path("pororo_png/"), tmp_path / "two", options=options)
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")
    verify(tmp_path / "two", deep=True).require()


def test_a_zip_builds_the_same_bytes(tmp_path: Path) -> None:
    """Read in place, or unpacked: the same dataset but for the size of raw files."""
    folder = write_release(tmp_path / "unpacked")
    (tmp_path / "packed").mkdir()
    pack(folder, tmp_path / "packed" / "pororo_png.zip")
    for name in ("unpacked", "packed"):
        DATASET.build(tmp_path / name, tmp_path / f"{name}-out", options={})
    assert files_of(tmp_path / "unpacked-out") == files_of(tmp_path / "packed-out")


def test_a_strip_that_turns_up_is_built_in(tmp_path: Path) -> None:
    """The next build makes only the shards that it touches."""
    folder = write_release(tmp_path / "raw")
    options = {"stories_per_shard": 1, "clips_per_shard": 15}
    path = folder / f"{clip_id('Pororo_ENGLISH1_1_ep2', 7)}.png"
    content = path.read_bytes()
    path.unlink()
    before = DATASET.build(tmp_path / "raw", tmp_path / "out", options=options)
    path.write_bytes(content)
    after = DATASET.build(tmp_path / "raw", tmp_path / "out", options=options)
    assert (before.n_dropped, after.n_dropped) == (1, 0)
    assert after.shards_built == 2
    assert before.shards_built == after.shards_built + after.shards_kept


def test_the_real_release_has_the_real_spec(tmp_path: Path) -> None:
    """Name, characters in label order, published counts, and the sentence on terms."""
    write_release(tmp_path / "raw")
    DATASET.build(tmp_path / "raw", tmp_path / "out", options={})
    spec = read_manifest(tmp_path / "out").spec
    assert spec["name"] == "pororosv"
    assert tuple(spec["characters"]) == CHARACTERS
    assert spec["n_stories"] == {"train": 10_191, "val": 2_334, "test": 2_208}
    assert spec["licence"] == LICENCE
    raw_files = {entry.path for entry in read_manifest(tmp_path / "out").raw}
    assert "train_seen_unseen_ids.npy" in raw_files
    assert "descriptions.csv" not in raw_files, "the dictionary was there"
    assert not [name for name in raw_files if "mask" in name]


def test_a_twin_has_its_own_name_and_characters(tmp_path: Path) -> None:
    """`twin.json` names the cast in the order of the labels; it is part of what was built."""
    write_release(tmp_path / "raw")
    cast = [{"name": name, "species": "cat"} for name in "ABCDEFGHI"]
    (tmp_path / "raw" / "twin.json").write_text(json.dumps({"twin": "pororo", "cast": cast}))
    for raw in (tmp_path / "raw", tmp_path / "raw" / "pororo_png"):
        out = tmp_path / f"out-{raw.name}"
        assert DATASET.build(raw, out, options={}).dataset == "pororosv-twin"
        spec = read_manifest(out).spec
        assert list(spec["characters"]) == list("ABCDEFGHI")
        assert spec["n_stories"] == {}
        assert "twin.json" in {entry.path for entry in read_manifest(out).raw}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("twin.json", '{"cast": []}', r"Expected cast in twin.json of a twin to have 1"),
        ("twin.json", '{"cast": [{"name": "../x"}]}', r"Expected cast\.0\.name in"),
        ("twin.json", "[]", r"twin.json of a twin to hold keys with values"),
        (".twin-unfinished.json", "{}", r"a finished twin, found .* of one that was stopped"),
    ],
)
def test_half_a_twin_is_refused(tmp_path: Path, name: str, text: str, message: str) -> None:
    """Without its cast a twin would be built under the names of the real characters."""
    write_release(tmp_path / "raw")
    (tmp_path / "raw" / name).write_text(text)
    with pytest.raises(RawDataError, match=message):
        DATASET.build(tmp_path / "raw", tmp_path / "out", options={})


def test_without_ids_the_build_stops_or_takes_another_name(tmp_path: Path) -> None:
    """Exit code 4 and the reason; a substitute never stands under the real name."""
    folder = write_release(tmp_path / "raw")
    (folder / "train_seen_unseen_ids.npy").unlink()
    with pytest.raises(MissingError, match=r"without a seed") as caught:
        DATASET.build(tmp_path / "raw", tmp_path / "out", options={})
    assert caught.value.exit_code == 4
    result = DATASET.build(tmp_path / "raw", tmp_path / "out", options={"substitute_split": True})
    assert result.dataset == "pororosv-substitute"
    assert sum(result.n_stories.values()) == len(STARTS)
    manifest = read_manifest(tmp_path / "out")
    assert manifest.options["split"] == "substitute"
    assert manifest.spec["n_stories"] == {}
    story = Stories(tmp_path / "out", "train")[0]
    assert set(story.orders) == {"story-id"}


def test_a_substitute_reads_no_caches(tmp_path: Path) -> None:
    """Its ids are its own, so spoiled caches do not matter to it."""
    folder = write_release(tmp_path / "raw")
    np.save(folder / "img_cache4.npy", np.array(["x"]))
    with pytest.raises(RawDataError, match=r"img_cache4\.npy"):
        DATASET.build(tmp_path / "raw", tmp_path / "out", options={})
    DATASET.build(tmp_path / "raw", tmp_path / "out", options={"substitute_split": True})


def test_trusted_caches_number_the_stories(tmp_path: Path) -> None:
    """A release whose own list differs from the rule is refused, or built by its list."""
    folder = write_release(tmp_path / "raw")
    write_caches(folder, STARTS[::-1])
    with pytest.raises(RawDataError, match=r"entry 0 is .*say --trust-caches\.$"):
        DATASET.build(tmp_path / "raw", tmp_path / "out", options={})
    DATASET.build(tmp_path / "raw", tmp_path / "out", options={"trust_caches": True})
    stories = Stories(tmp_path / "out", "train")
    by_id = {story.orders["story-id"]: story.source.origin.clip for story in stories}
    assert by_id == {k: clip_id(*STARTS[::-1][k]) for k in sorted(TRAIN)}
    assert read_manifest(tmp_path / "out").options["trust_caches"] is True


def test_the_originals_build_with_a_substitute_split(tmp_path: Path) -> None:
    """GIFs are kept whole, a frame of each is shown, labels come from captions."""
    write_originals(tmp_path / "raw")
    result = DATASET.build(tmp_path / "raw", tmp_path / "out", options={})
    assert result.dataset == "pororosv-original-substitute"
    assert sum(result.n_stories.values()) == len(STARTS)
    verify(tmp_path / "out", deep=True).require()
    kept = Clips(tmp_path / "out")
    assert len(kept) == sum(EPISODES.values())
    for clip in kept:
        _, episode, n = clip.id.split("/")
        assert clip.frames.shape == (n_frames(episode, int(n)), 8, 16, 3)
        assert clip.label_source == "captions"
    story = Stories(tmp_path / "out", "train")[0]
    for frame in story.frames:
        _, episode, n = frame.origin.clip.split("/")
        assert frame.origin.index is not None
        shown = colour(episode, int(n), frame.origin.index)
        assert np.abs(frame.image.astype(int) - shown).max() <= 8, "a GIF has a palette"


def test_originals_with_the_released_ids_have_the_released_split(tmp_path: Path) -> None:
    """The ids count story starts, and those are the same in GIFs."""
    write_originals(tmp_path / "raw")
    folder = write_release(tmp_path / "other")
    shutil.copy(folder / "train_seen_unseen_ids.npy", tmp_path / "raw")
    result = DATASET.build(tmp_path / "raw", tmp_path / "out", options={})
    assert result.dataset == "pororosv-original"
    assert dict(result.n_stories) == {"train": 4, "val": 2, "test": 2}


def test_a_broken_gif_costs_its_stories(tmp_path: Path) -> None:
    """As a strip would."""
    folder = write_originals(tmp_path / "raw")
    path = folder / f"{clip_id('Pororo_ENGLISH1_1_ep2', 1)}.gif"
    path.write_bytes(path.read_bytes()[:-20])
    result = DATASET.build(tmp_path / "raw", tmp_path / "out", options={})
    assert dict(result.drops) == {"clip: clip broken": 1, "story: clip broken": 1}


def test_recovery_needs_something_lost(tmp_path: Path) -> None:
    """A split by hashes loses no story; asking for them is a mistake that is said."""
    write_originals(tmp_path / "raw")
    with pytest.raises(InputError, match=r"--recover-lost with train_seen_unseen_ids"):
        DATASET.build(tmp_path / "raw", tmp_path / "out", options={"recover_lost": True})


def test_flintstones_are_not_pororo(tmp_path: Path) -> None:
    """P12: a missing `elif` runs the official script on the wrong folder; here it is refused."""
    (tmp_path / "raw" / "video_frames_sampled").mkdir(parents=True)
    (tmp_path / "raw" / "flintstones_annotations_v1-0.json").write_text("[]")
    assert DATASET.recognise(tmp_path / "raw") is None
    with pytest.raises(MissingError, match="Expected PororoSV in"):
        DATASET.build(tmp_path / "raw", tmp_path / "out", options={})


def test_other_files_of_the_release_are_never_opened(tmp_path: Path) -> None:
    """P15: a vocabulary that is an object or a dictionary; here neither, whatever is in it."""
    folder = write_release(tmp_path / "raw")
    for name in ("dalle_vocab.pkl", "descriptions_vec_512.pkl", "subtitles_vec.npy"):
        (folder / name).write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    result = DATASET.build(tmp_path / "raw", tmp_path / "out", options={})
    assert result.n_dropped == 0


def test_a_pickle_that_wants_to_run_something_is_refused(tmp_path: Path) -> None:
    """Tables are plain data, or they are no tables."""
    folder = write_release(tmp_path / "raw")
    save_object(folder / "labels.npy", {"x": Path("y")})
    with pytest.raises(RawDataError, match=r"labels.npy, found a pickle that asks for 'pathlib"):
        DATASET.build(tmp_path / "raw", tmp_path / "out", options={})


@pytest.mark.parametrize("names", [("descriptions.npy", "descriptions.csv")])
def test_captions_are_needed(tmp_path: Path, names: tuple[str, ...]) -> None:
    """Without either file there is no story, and the message says where the rows are."""
    folder = write_release(tmp_path / "raw")
    for name in names:
        (folder / name).unlink()
    with pytest.raises(MissingError, match=r"descriptions.npy or .* Kyung-Min/PororoQA"):
        DATASET.build(tmp_path / "raw", tmp_path / "out", options={})


def test_tables_without_clips_are_no_build(tmp_path: Path) -> None:
    """The tables of a release in an otherwise empty folder: what is missing is said."""
    folder = write_release(tmp_path / "raw")
    shutil.rmtree(folder / "Pororo_ENGLISH1_1")
    shutil.rmtree(folder / "Pororo_Rescue")
    with pytest.raises(MissingError, match=r"clips of 8 stories .* found 0 clips"):
        DATASET.build(tmp_path / "raw", tmp_path / "out", options={})


def test_short_episodes_alone_are_no_build(tmp_path: Path) -> None:
    """Four clips make no story."""
    folder = write_release(tmp_path / "raw")
    save_object(folder / "frames_counter.npy", {"Pororo_Rescue/Pororo_Rescue_ep1/": 4})
    with pytest.raises(RawDataError, match=r"an episode of at least 5 clips in frames_counter"):
        DATASET.build(tmp_path / "raw", tmp_path / "out", options={"substitute_split": True})


def test_what_no_table_counts_is_dropped_by_name(tmp_path: Path) -> None:
    """Captions and strips beyond the end of an episode, and rows that name nothing."""
    folder = write_release(tmp_path / "raw")
    (folder / "descriptions.npy").unlink()
    with (folder / "descriptions.csv").open("a") as table:
        table.write("Pororo_Rescue_ep2,6,too far\nheading,n,caption\n")
    extra = folder / f"{clip_id('Pororo_Rescue_ep2', 7)}.png"
    shutil.copy(folder / f"{clip_id('Pororo_Rescue_ep2', 5)}.png", extra)
    result = DATASET.build(tmp_path / "raw", tmp_path / "out", options={})
    assert dict(result.drops) == {
        "description: clip not counted": 1,
        "description: names no clip": 1,
        "file: clip not counted": 1,
    }
    ids = {drop.id for drop in read_drops(tmp_path / "out" / "drops.jsonl")}
    assert clip_id("Pororo_Rescue_ep2", 6) in ids
    assert f"{clip_id('Pororo_Rescue_ep2', 7)}.png" in ids


def test_the_pictures_are_rgb(tmp_path: Path) -> None:
    """P9: AR-LDM's H5 has red and blue exchanged; a PNG in a shard is what any reader sees."""
    write_release(tmp_path / "raw")
    DATASET.build(tmp_path / "raw", tmp_path / "out", options={})
    story = Stories(tmp_path / "out", "train")[0]
    _, episode, n = story.source.origin.clip.split("/")
    red, green, blue = colour(episode, int(n), story.source.origin.index or 0)
    assert story.source.image[0, 0].tolist() == [red, green, blue]
    assert red != blue
    assert decode(first_png(tmp_path / "out"), "png")[0, 0].tolist() == [red, green, blue]


def first_png(shards: Path) -> bytes:
    """The first picture of the first training shard, cut out of the tar."""
    data = (shards / "stories-train-00000.tar").read_bytes()
    return data[512 : data.index(b"IEND") + 8]


def test_a_survey_says_what_a_build_will_do(tmp_path: Path) -> None:
    """Counts, losses, cost; nothing is written."""
    folder = write_release(tmp_path / "raw")
    (folder / f"{clip_id('Pororo_Rescue_ep2', 3)}.png").unlink()
    survey = DATASET.survey(tmp_path / "raw", tmp_path / "out", options={"recover_lost": True})
    assert survey.dataset == "pororosv"
    assert dict(survey.n_stories) == {"train": 4, "val": 2, "test": 2, "lost": 7}
    assert dict(survey.found) == {"clips": len(clips()) - 1, "episodes": 4, "tables": 6}
    assert survey.missing == (f"{clip_id('Pororo_Rescue_ep2', 3)}.png",)
    assert dict(survey.drops) == {"clip: clip missing": 1, "story: clip missing": 1}
    assert survey.bytes_needed > 1000
    assert not (tmp_path / "out").exists()
    notes = "\n".join(survey.notes)
    assert "Story starts: 15 (expected 15,334)" in notes
    assert "Stories in no split: 7 of 2 episodes (expected 601)" in notes
    assert "They are built as the split 'lost'." in notes
    assert "not built" not in notes


def test_a_survey_says_how_to_have_the_stories_that_are_lost(tmp_path: Path) -> None:
    """Where --recover-lost is not asked for, the note says that nothing is built, and names it."""
    write_release(tmp_path / "raw")
    notes = "\n".join(DATASET.survey(tmp_path / "raw", tmp_path / "out", options={}).notes)
    assert "They are not built, unless --recover-lost asks for a split 'lost'." in notes
