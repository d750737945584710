"""`DATASET` as the command line uses it: survey, build, and every wrong folder."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import PIL.Image
import pytest

from storybench import registry
from storybench.errors import InputError, MissingError, RawDataError
from storybench.shards.manifest import read_manifest
from storybench.shards.reader import Stories
from storybench.shards.verify import verify
from storydata.didemosv import DATASET
from storydata.kit.drops import read_drops
from tests.didemosv.releases import record, write_annotations, write_video
from tests.kit import painted

BY = "http://creativecommons.org/licenses/by/2.0/"
SECONDS = {"a@N0_1_aa.mov": 27, "b@N0_2_bb.": 31, "c@N0_3_cc.avi": 65, "d@N0_4_dd.mpg": 12}
SAVED_AS = {
    "a@N0_1_aa.mov": "a@N0_1_aa.mov.mp4",
    "b@N0_2_bb.": "b@N0_2_bb..mp4",
    "c@N0_3_cc.avi": "c@N0_3_cc.mp4",
    "d@N0_4_dd.mpg": "d@N0_4_dd.mpg",
}


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Four good videos of 27, 31, 65 and 12 s, then one missing, one empty, one text, one cut."""
    raw = tmp_path / "raw"
    for video, seconds in SECONDS.items():
        write_video(raw / "videos" / SAVED_AS[video], seconds)
    (raw / "videos/f@N0_6_ff.mp4").write_bytes(b"")
    (raw / "videos/g@N0_7_gg.mp4").write_text("<html>Not found</html>")
    whole = write_video(raw / "videos/h@N0_8_hh.mp4", 27)
    whole.write_bytes(whole.read_bytes()[:2000])
    names = [*SECONDS, *(f"{k}@N0_{n}_{k}{k}.mp4" for n, k in enumerate("efgh", start=5))]
    records = [
        record(100 * n + k, name, f"thing {k} happens", (k, k))
        for n, name in enumerate(names, start=1)
        for k in range(4)
    ]
    records[0] = record(100, "a@N0_1_aa.mp4", " thing 0\nhappens ", *[(0, 0)] * 4, *[(1, 1)] * 3)
    records[1] = record(101, names[0], "thing 1 happens", (1, 1), (1, 1), (2, 3), (2, 3))
    records.append(record(190, names[0], "Thing 3 happens.", (5, 5)))
    write_annotations(raw, "val", [entry for entry in records if entry["video"][0] in "ab"])
    write_annotations(raw, "test", [entry for entry in records if entry["video"][0] not in "ab"])
    (raw / "video_licenses.txt").write_text(f"head\t\ter\n1\thttp://link\t{BY}\n")
    return raw


def write_whole_release(raw: Path, n_videos: int) -> None:
    """Videos of painted patterns in several sizes, each with three to six descriptions."""
    (raw / "videos").mkdir(parents=True)
    records = []
    for n in range(n_videos):
        name = f"o@N0_{n}_aa.mp4"
        size = (160 + 32 * (n % 3), 96 + 16 * (n % 4))
        painted.write_video(raw / "videos" / name, range(150), unit=Fraction(1, 5), size=size)
        records += [record(10 * n + k, name, f"thing {k}", (k, k)) for k in range(3 + n % 4)]
    write_annotations(raw, "val", [entry for entry in records if entry["annotation_id"] < 40])
    write_annotations(raw, "test", [entry for entry in records if entry["annotation_id"] >= 40])


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file of a build but the receipts."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_it_is_registered() -> None:
    """The command line finds the dataset by name."""
    assert registry.load("datasets", "didemosv") is DATASET


def test_bad_videos_cost_their_stories_and_nothing_else(raw: Path, tmp_path: Path) -> None:
    """Missing, empty, text and cut videos are counted by reason; the rest is built and whole."""
    result = DATASET.build(raw, tmp_path / "out", options={})
    assert result.dataset == "didemosv-rebuilt"
    assert dict(result.n_stories) == {"val": 4, "test": 3}
    assert (result.n_planned, result.n_dropped) == (16, 9)
    assert dict(result.drops) == {
        "story: video broken": 6,
        "file: video broken": 3,
        "story: video missing": 2,
        "description: duplicate caption": 1,
        "description: moment after the end": 1,
        "file: video missing": 1,
        "story: moment after the end": 1,
    }
    verify(tmp_path / "out", deep=True).require()
    text = (tmp_path / "out" / "drops.jsonl").read_text()
    assert str(tmp_path) not in text
    reasons = {drop["id"]: drop["reason"] for drop in map(json.loads, text.splitlines())}
    assert "found an empty file" in reasons["f@N0_6_ff"]
    assert "found a text file" in reasons["g@N0_7_gg"]
    assert "e@N0_5_ee.mp4" in reasons["e@N0_5_ee"]


def test_the_built_stories_read_back(raw: Path, tmp_path: Path) -> None:
    """Ids, clusters, captions, licences and origins are those of the annotations."""
    DATASET.build(raw, tmp_path / "out", options={"stories": "first"})
    stories = Stories(tmp_path / "out", "val")
    assert stories.ids == ("1-100-101-102", "2-200-201-202")
    assert stories.clusters == ("a@N0_1_aa", "b@N0_2_bb")
    story = stories[0]
    assert story.captions == ("thing 0 happens", "thing 1 happens", "thing 2 happens")
    assert [frame.licence for frame in story.frames] == [BY] * 3
    assert [frame.licence for frame in stories[1].frames] == [None] * 3
    assert [frame.origin.index for frame in story.frames] == [12, 37, 62]
    assert {frame.origin.clip for frame in story.frames} == {"a@N0_1_aa"}


def test_workers_and_folders_do_not_change_a_byte(raw: Path, tmp_path: Path) -> None:
    """One worker or two, videos below RAW or in a folder of their own: the same dataset."""
    options = {"stories_per_shard": 2}
    DATASET.build(raw, tmp_path / "one", options=options)
    (raw / "videos").rename(tmp_path / "disk")
    away = {**options, "videos": tmp_path / "disk"}
    DATASET.build(raw, tmp_path / "two", workers=2, options=away)
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")


def test_a_video_that_turns_up_is_built_in(raw: Path, tmp_path: Path) -> None:
    """The next build after a download makes only the shards that it touches."""
    options = {"stories_per_shard": 2}
    before = DATASET.build(raw, tmp_path / "out", options=options)
    write_video(raw / "videos/h@N0_8_hh.mp4", 27)
    after = DATASET.build(raw, tmp_path / "out", options=options)
    assert sum(after.n_stories.values()) == sum(before.n_stories.values()) + 2
    assert after.shards_built == 1
    assert after.digest != before.digest


@pytest.mark.slow
@pytest.mark.parametrize("late", range(5))
def test_a_missing_video_that_arrives_builds_its_own_shard_only(tmp_path: Path, late: int) -> None:
    """Shards before and after it keep their names and are not touched, whichever it is."""
    raw, out, options = tmp_path / "raw", tmp_path / "out", {"stories_per_shard": 4}
    names = [f"{letter}@N0_{n}_aa.mp4" for n, letter in enumerate("abcde")]
    records = [
        record(10 * n + k, name, f"thing {k}", (k, k))
        for n, name in enumerate(names)
        for k in (0, 1, 2, 4)
    ]
    write_annotations(raw, "val", records)
    for name in names[:late] + names[late + 1 :]:
        write_video(raw / "videos" / name, 27)
    first = DATASET.build(raw, out, options=options)
    assert (first.n_planned, first.n_dropped) == (10, 2)
    assert first.drops == {"story: video missing": 2, "file: video missing": 1}
    before = {path.name: path.stat().st_ino for path in out.glob("*.tar")}
    write_video(raw / "videos" / names[late], 27)
    second = DATASET.build(raw, out, options=options)
    after = {path.name: path.stat().st_ino for path in out.glob("*.tar")}
    assert (second.shards_built, second.shards_kept, second.n_dropped) == (1, 2, 0)
    own = f"stories-val-0000{late // 2}.tar"
    assert sorted(after) == [f"stories-val-0000{number}.tar" for number in range(3)]
    assert {name for name in after if before.get(name) != after[name]} == {own}
    verify(out, deep=True).require()
    DATASET.build(raw, tmp_path / "fresh", options=options)
    assert files_of(out) == files_of(tmp_path / "fresh")


def test_a_survey_tells_and_writes_nothing(raw: Path, tmp_path: Path) -> None:
    """Counts, missing names, room, time and notes, with no file touched or made."""
    before = sorted(path for path in tmp_path.rglob("*"))
    survey = DATASET.survey(raw, tmp_path / "out", options={})
    assert sorted(path for path in tmp_path.rglob("*")) == before
    assert survey.dataset == "didemosv-rebuilt"
    assert dict(survey.n_stories) == {"val": 4, "test": 12}
    assert dict(survey.found) == {"annotation files": 2, "side files": 1, "videos": 6}
    assert survey.missing == ("e@N0_5_ee",)
    assert survey.drops["story: video missing"] == 2
    assert 0 < survey.bytes_needed < 10**6 < survey.bytes_free
    assert survey.seconds > 0
    assert survey.notes[:2] == (
        "Empty files, counted as no video: videos/f@N0_6_ff.mp4",
        "A dry run opens a few videos only: broken ones show in the build.",
    )
    assert any("train_data.json" in note for note in survey.notes)
    assert not any("disk is too small" in note for note in survey.notes)


def test_a_survey_warns_of_a_small_disk(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is needed and what is free stand in one sentence."""
    monkeypatch.setattr("storydata.didemosv.survey.bytes_free", lambda _: 10)
    survey = DATASET.survey(raw, tmp_path / "out", options={})
    assert survey.notes[-1].startswith("The disk is too small: a build needs about 0.0 GB, 0.0 GB")


@pytest.mark.slow
@pytest.mark.parametrize("image", ["png", "jpeg"])
def test_a_survey_promises_what_a_build_does(tmp_path: Path, image: str) -> None:
    """On a whole release the stories are those counted, and room is needed to within 30 %."""
    raw, options = tmp_path / "raw", {"image": image, "stories_per_shard": 8}
    write_whole_release(raw, n_videos=14)
    survey = DATASET.survey(raw, tmp_path / "out", options=options)
    result = DATASET.build(raw, tmp_path / "out", options=options)
    assert (result.n_dropped, survey.missing) == (0, ())
    assert dict(survey.n_stories) == dict(result.n_stories)
    written = sum(path.stat().st_size for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert survey.bytes_needed == pytest.approx(written, rel=0.3)


def test_a_survey_says_which_videos_are_never_read(tmp_path: Path) -> None:
    """A check counts the files that are there, a build those that it cuts stories from."""
    raw = tmp_path / "raw"
    shots = [*((k, "a@N0_1_aa.mov") for k in range(3)), (3, "b@N0_2_bb.mov")]
    write_annotations(raw, "val", [record(k, name, f"{k}", (k, k)) for k, name in shots])
    notes = DATASET.survey(raw, tmp_path / "out", options={}).notes
    said = "1 of the 2 videos in the annotations have captions enough for a story of 3 frames"
    assert any(note.startswith(said) for note in notes)


def test_a_survey_without_videos_says_what_is_missing(tmp_path: Path) -> None:
    """Before any download the dry run already counts stories and names the videos."""
    raw = tmp_path / "raw"
    write_annotations(raw, "val", [record(k, "a@N0_1_aa.mov", f"{k}", (k, k)) for k in range(3)])
    survey = DATASET.survey(raw, tmp_path / "out", options={})
    assert dict(survey.n_stories) == {"val": 1}
    assert survey.missing == ("a@N0_1_aa",)
    assert survey.bytes_needed == 0
    assert survey.found["videos"] == 0
    assert "Nothing can be built: no video was found." in survey.notes
    with pytest.raises(MissingError, match=r"Expected videos in .* found none"):
        DATASET.build(raw, tmp_path / "out", options={})
    assert not (tmp_path / "out").exists()


def write_frames(raw: Path, colour: tuple[int, int, int]) -> Path:
    """The released layout with one story of three flat frames."""
    (raw / "didemo").mkdir(parents=True)
    names = [f"didemo/{k}.jpg" for k in range(3)]
    for name in names:
        PIL.Image.new("RGB", (40, 30), colour).save(raw / name)
    listing = [{"desc_to_frame": [["a caption", name] for name in names]}]
    (raw / "didemo" / "train.json").write_text(json.dumps(listing))
    return raw


@pytest.mark.parametrize("options", [{}, {"channel_order": None}])
def test_frames_that_seem_right_are_not_swapped_unasked(
    tmp_path: Path, options: dict[str, None]
) -> None:
    """Without --channel-order the build asks and writes nothing; with it, it does as told."""
    raw, out = write_frames(tmp_path / "raw", (220, 150, 120)), tmp_path / "out"
    survey = DATASET.survey(raw, out, options=options)
    assert "A build will ask for --channel-order" in survey.notes[0]
    with pytest.raises(InputError, match=r"--channel-order release .*--channel-order fixed"):
        DATASET.build(raw, out, options=options)
    assert not out.exists()
    for order, strongest in (("release", 0), ("fixed", 2)):
        DATASET.build(raw, out, options={"channel_order": order})
        assert Stories(out, "train")[0].source.image[0, 0].argmax() == strongest
        assert read_manifest(out).options["channel_order"] == order


def test_frames_that_tell_nothing_are_swapped_as_ever(tmp_path: Path) -> None:
    """Grey frames are no objection, and the manifest says what was done."""
    raw = write_frames(tmp_path / "raw", (90, 90, 90))
    DATASET.build(raw, tmp_path / "out", options={"channel_order": None})
    assert read_manifest(tmp_path / "out").options["channel_order"] == "fixed"


def test_the_release_is_recognised_and_named_apart(tmp_path: Path) -> None:
    """Released frames build as "didemosv", and the survey looks at their channels."""
    raw = write_frames(tmp_path / "raw", (120, 150, 220))
    survey = DATASET.survey(raw, tmp_path / "out", options={})
    assert dict(survey.n_stories) == {"train": 1}
    assert dict(survey.found) == {"annotation files": 1, "frames": 3}
    assert "they seem swapped. --channel-order fixed exchanges them back." in survey.notes[0]
    result = DATASET.build(raw, tmp_path / "out", options={})
    assert result.dataset == "didemosv"
    verify(tmp_path / "out", deep=True).require()
    assert Stories(tmp_path / "out", "train")[0].source.image[0, 0].argmax() == 0


def test_two_releases_in_one_folder_are_asked_about(raw: Path, tmp_path: Path) -> None:
    """Annotations beside released lists: which one is meant cannot be guessed."""
    (raw / "didemo").mkdir()
    (raw / "didemo" / "val.json").write_text("[]")
    with pytest.raises(InputError, match=r"one release in .* found two: .* Which one\?"):
        DATASET.build(raw, tmp_path / "out", options={})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"channel_order": "release"}, "--channel-order release .* for released frames only"),
        ({"captions": "by-path"}, "captions by-path for released frames only"),
        ({"stories": "some"}, "--stories to be first or windows or disjoint, found 'some'"),
        ({"videos": "nowhere"}, "the --videos folder nowhere, found nothing"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    raw: Path, tmp_path: Path, options: dict[str, str], message: str
) -> None:
    """Nothing is ignored in silence, and nothing is written."""
    with pytest.raises((InputError, MissingError), match=message):
        DATASET.build(raw, tmp_path / "out", options=options)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stories": "first"}, "no --stories for released frames, found first"),
        ({"videos": "clips"}, "no --videos for released frames, found clips"),
    ],
)
def test_options_for_videos_do_not_fit_frames(
    tmp_path: Path, options: dict[str, str], message: str
) -> None:
    """The release says itself which frames make a story."""
    (tmp_path / "val.json").write_text("[]")
    with pytest.raises(InputError, match=message):
        DATASET.build(tmp_path, tmp_path / "out", options=options)


def test_wrong_folders_are_named(raw: Path, tmp_path: Path) -> None:
    """Nothing there, a file, an empty folder, half a JSON: each is one sentence of its class."""
    out = tmp_path / "out"
    with pytest.raises(MissingError, match="nowhere, found nothing there"):
        DATASET.build(tmp_path / "nowhere", out, options={})
    with pytest.raises(InputError, match=r"val_data.json, found a file"):
        DATASET.build(raw / "val_data.json", out, options={})
    (tmp_path / "empty").mkdir()
    with pytest.raises(
        MissingError, match=r"train_data.json, val_data.json, test_data.json.*test.j"
    ):
        DATASET.build(tmp_path / "empty", out, options={})
    text = (raw / "val_data.json").read_text()
    (raw / "val_data.json").write_text(text[: len(text) // 2])
    with pytest.raises(InputError, match=r"val_data.json, found an error at line 1, column \d+"):
        DATASET.build(raw, out, options={})
    assert not out.exists()


def test_a_link_to_nowhere_is_no_video(raw: Path, tmp_path: Path) -> None:
    """The drop says that the link is there and its video is not."""
    (raw / "videos/e@N0_5_ee.mp4").symlink_to(tmp_path / "unplugged" / "e.mp4")
    DATASET.build(raw, tmp_path / "out", options={})
    drops = {drop.id: drop for drop in read_drops(tmp_path / "out" / "drops.jsonl")}
    assert drops["e@N0_5_ee"].step == "video missing"
    assert drops["e@N0_5_ee"].reason == "The link e@N0_5_ee.mp4 leads nowhere."


def test_a_caption_that_is_no_string_names_the_record(raw: Path, tmp_path: Path) -> None:
    """File, record and annotation_id are in the sentence."""
    records = json.loads((raw / "val_data.json").read_text())
    records[2]["description"] = 3
    write_annotations(raw, "val", records)
    message = r"'description' .* in record 3 of val_data.json \(annotation_id 102\), found 3"
    with pytest.raises(RawDataError, match=message):
        DATASET.build(raw, tmp_path / "out", options={})
