"""`DATASET` as the command line uses it: comics and series become shards, mistakes sentences."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import PIL.Image
import pytest

from storybench.errors import InputError, MissingError, RawDataError, UnknownNameError
from storybench.images import encode_png
from storybench.shards.manifest import read_manifest
from storybench.shards.reader import Stories
from storybench.shards.verify import verify
from storydata.own import DATASET
from tests.own.comics import (
    COMIC,
    SERIES,
    drops,
    files_of,
    page,
    write_comic,
    write_recipe,
    write_srt,
    write_video,
)


@pytest.fixture
def comic(tmp_path: Path) -> Path:
    """Three episodes of five pages with captions and characters in a table."""
    return write_comic(tmp_path / "comic")


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """Two films of 12 s at 5 grey levels a second, with five cues each."""
    root = write_recipe(tmp_path / "series", SERIES)
    for name in ("ep1", "ep2"):
        write_video(root / f"films/{name}.mp4", 12 if name == "ep1" else 13)
        cues = [(2.0 * k, 2.0 * k + 2, f"Mina says {k} in {name}.") for k in range(5)]
        write_srt(root / f"films/{name}.srt", cues)
    return root


def test_a_comic_becomes_stories(comic: Path, tmp_path: Path) -> None:
    """Ids, order, captions, labels, licences and origins are those of table and recipe."""
    result = DATASET.build(comic, tmp_path / "out", options={})
    assert dict(result.n_stories) == {"train": 6, "test": 3}
    assert (result.n_planned, result.n_dropped) == (9, 0)
    verify(tmp_path / "out", deep=True).require()
    stories = Stories(tmp_path / "out", "train")
    assert stories.ids == tuple(f"ep{n}-000{k}" for n in (1, 2) for k in range(3))
    assert stories.clusters == ("ep1",) * 3 + ("ep2",) * 3
    story = stories[1]
    assert story.captions == ("Tom does thing 2.", "Mina does thing 3.", "Tom does thing 4.")
    assert [frame.characters for frame in story.frames] == [(0, 1), (1, 0), (0, 1)]
    assert (story.position, story.label_source) == (1, "column")
    assert {frame.licence for frame in story.frames} == {"CC BY 4.0"}
    assert [frame.origin.file for frame in story.frames] == [
        f"pages/ep1/{k}.png" for k in (2, 3, 4)
    ]
    assert (story.source.image == page(1, 2)).all()


def test_plain_png_and_jpeg_keep_their_bytes(comic: Path, tmp_path: Path) -> None:
    """What need not change is not touched; what must be smaller is written anew as asked."""
    PIL.Image.fromarray(page(3, 2)).save(comic / "pages/ep3/2.png", "JPEG", quality=40)
    DATASET.build(comic, tmp_path / "out", options={})
    raw = {name: (comic / name).read_bytes() for name in ("pages/ep3/1.png", "pages/ep3/2.png")}
    tar = (tmp_path / "out/stories-test-00000.tar").read_bytes()
    assert all(data in tar for data in raw.values())
    assert b"ep3-0000.1.jpg" in tar
    small = COMIC.replace("length = 3", 'length = 3\nshort_side = 16\nimage = "jpeg"')
    write_recipe(comic, small)
    DATASET.build(comic, tmp_path / "small", options={})
    story = Stories(tmp_path / "small", "test")[0]
    assert {frame.image.shape for frame in story.frames} == {(16, 21, 3)}
    assert b"ep3-0000.0.jpg" in (tmp_path / "small/stories-test-00000.tar").read_bytes()


def test_a_series_becomes_stories(series: Path, tmp_path: Path) -> None:
    """The frame of a cue is the one at its middle; who is in it is who the cue names."""
    DATASET.build(series, tmp_path / "out", options={})
    verify(tmp_path / "out", deep=True).require()
    story = Stories(tmp_path / "out", "test")[1]
    assert story.id == "ep2-0001"
    assert story.captions == tuple(f"Mina says {k} in ep2." for k in (1, 2, 3))
    assert [frame.origin.index for frame in story.frames] == [15, 25, 35]
    assert [frame.origin.time for frame in story.frames] == [3.0, 5.0, 7.0]
    assert story.source.origin.file == "films/ep2.mp4"
    assert [frame.characters for frame in story.frames] == [(1, 0)] * 3
    assert story.label_source == "captions"


def test_segments_of_a_table_become_stories(series: Path, tmp_path: Path) -> None:
    """Times in seconds or with colons, rows in any order, rows of one time are alternatives."""
    rows = ["video;start;end;caption;characters"]
    for name in ("ep1", "ep2"):
        rows += [
            f"{name}.mp4;00:00:06;8;Third of {name};Tom|mina",
            f"{name}.mp4;0;2,0;First of {name};",
            f"{name}.mp4;2.0;4;Second of {name};Tom",
            f"{name}.mp4;2;4.0;Another second of {name};Mina",
        ]
    rows[2] = rows[2].replace("2,0", "0:02,0")
    rows[6] = rows[6].replace("2,0", "2")
    (series / "segments.csv").write_text("\r\n".join(rows), "utf-8-sig")
    write_recipe(series, f'{SERIES}captions = "segments.csv"\nat = 0.25\n')
    DATASET.build(series, tmp_path / "out", options={})
    (story,) = Stories(tmp_path / "out", "test")
    assert story.captions == ("First of ep2", "Second of ep2", "Third of ep2")
    assert story.frames[1].captions == ("Second of ep2", "Another second of ep2")
    assert [frame.characters for frame in story.frames] == [(0, 0), (1, 1), (1, 1)]
    assert [frame.origin.time for frame in story.frames] == pytest.approx([0.4, 2.4, 6.4])
    assert story.label_source == "column"


def test_workers_folders_and_interruptions_do_not_change_a_byte(
    comic: Path, series: Path, tmp_path: Path
) -> None:
    """One worker or two, here or in a copy elsewhere, built anew or gone on with."""
    (series / "films").rename(comic / "films")
    text = COMIC.replace("length = 3", "length = 3\nstories_per_shard = 2")
    film = '[[source]]\nkind = "video"\nfolder = "films"\nprefix = "film-"'
    write_recipe(comic, text + film)
    one, two = tmp_path / "one", tmp_path / "two"
    assert DATASET.build(comic, one, options={}).shards_built == 10
    copy = Path(shutil.copytree(comic, tmp_path / "elsewhere"))
    DATASET.build(copy / "recipe.toml", two, workers=2, options={})
    assert files_of(one) == files_of(two)
    sorted(two.glob("stories-*.tar"))[1].unlink()
    again = DATASET.build(copy, two, options={})
    assert again.shards_built == 1
    assert files_of(one) == files_of(two)
    assert str(tmp_path).encode() not in b"".join(files_of(one).values())


def test_broken_and_missing_pictures_cost_their_stories_by_name(
    comic: Path, tmp_path: Path
) -> None:
    """Every loss is one line with the file; what is whole is built, and nothing moves up."""
    write_recipe(comic, COMIC.replace("length = 3", "length = 3\nstories_per_shard = 2"))
    (comic / "pages/ep1/4.png").write_bytes(b"\x89PNG no more")
    (comic / "pages/ep2/1.png").unlink()
    result = DATASET.build(comic, tmp_path / "out", options={})
    assert dict(result.drops) == {
        "story: picture broken": 2,
        "file: file missing": 1,
        "file: picture broken": 1,
        "story: file missing": 1,
    }
    lost = drops(tmp_path / "out")
    assert "pages/ep1/4.png" in lost["story ep1-0001"]["reason"]
    assert lost["story ep2-0000"]["reason"] == (
        "Its frame pages/ep2/1.png is lost. No file pages/ep2/1.png."
    )
    assert Stories(tmp_path / "out", "train").ids == ("ep1-0000", "ep2-0001", "ep2-0002")
    assert Stories(tmp_path / "out", "train")[1].position == 4


def test_a_picture_that_turns_up_is_built_in(comic: Path, tmp_path: Path) -> None:
    """The next build makes the shard that it belongs to, and the ids are those it always had."""
    write_recipe(comic, COMIC.replace("length = 3", "length = 3\nstories_per_shard = 3"))
    data = (comic / "pages/ep2/1.png").read_bytes()
    (comic / "pages/ep2/1.png").unlink()
    DATASET.build(comic, tmp_path / "out", options={})
    (comic / "pages/ep2/1.png").write_bytes(data)
    again = DATASET.build(comic, tmp_path / "out", options={})
    assert (again.shards_built, again.n_dropped) == (1, 0)
    DATASET.build(comic, tmp_path / "fresh", options={})
    assert files_of(tmp_path / "out") == files_of(tmp_path / "fresh")


def test_broken_videos_and_late_cues_cost_their_stories_by_name(
    series: Path, tmp_path: Path
) -> None:
    """A text saved as a video loses its stories once each; a cue after the end loses its own."""
    (series / "films/ep1.mp4").write_text("<html>Not found</html>")
    write_srt(
        series / "films/ep2.srt",
        [(0, 2, "Mina."), (2, 4, "Tom."), (4, 6, "Mina."), (20, 22, "The end.")],
    )
    result = DATASET.build(series, tmp_path / "out", options={})
    assert dict(result.n_stories) == {"train": 0, "test": 1}
    assert dict(result.drops) == {
        "story: video broken": 3,
        "description: frame lost": 1,
        "file: video broken": 1,
        "story: frame lost": 1,
    }
    lost = drops(tmp_path / "out")
    assert "found a text file" in lost["file films/ep1.mp4"]["reason"]
    assert str(tmp_path) not in lost["story ep1-0000"]["reason"]
    assert "video ends at" in lost["description films/ep2.mp4, 21.000 s"]["reason"]


def test_a_video_is_read_a_few_frames_at_a_time(
    series: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two frames in memory or all of them: the same shards."""
    DATASET.build(series, tmp_path / "all", options={})
    monkeypatch.setattr("storydata.own.recipe.MAX_BYTES", 2 * 64 * 48 * 3)
    DATASET.build(series, tmp_path / "two", options={})
    assert files_of(tmp_path / "all") == files_of(tmp_path / "two")


def test_the_card_and_the_manifest_say_what_the_recipe_said(comic: Path, tmp_path: Path) -> None:
    """Every key with its value, the recipe and the table by hash, and no path of this machine."""
    DATASET.build(comic, tmp_path / "out", options={})
    manifest = read_manifest(tmp_path / "out")
    assert manifest.options["stories.length"] == 3
    assert manifest.options["split.test"] == "ep3"
    assert manifest.options["split.shared_frames"] == "refuse"
    assert manifest.options["source.1.captions"] == "captions.csv"
    assert manifest.spec["characters"] == ["Mina", "Tom"]
    names = {entry.path for entry in manifest.raw}
    assert {"recipe.toml", "captions.csv", "pages/ep1/1.png"} < names
    card = (tmp_path / "out/README.md").read_text("utf-8")
    assert "Characters are labelled: Mina, Tom." in card
    assert "| CC BY 4.0 | 27 |" in card


def test_the_same_file_in_two_splits_is_refused_dropped_or_allowed(
    comic: Path, tmp_path: Path
) -> None:
    """By default nothing leaks unsaid; the later split keeps what is shared."""
    shutil.copy(comic / "pages/ep1/5.png", comic / "pages/ep3/5.png")
    with pytest.raises(InputError, match=r"ep1/5.png \(train\) is pages/ep3/5.png \(test\)\. Say"):
        DATASET.build(comic, tmp_path / "out", options={})
    write_recipe(comic, COMIC.replace("[split]", '[split]\nshared_frames = "drop"'))
    result = DATASET.build(comic, tmp_path / "out", options={})
    assert dict(result.n_stories) == {"train": 5, "test": 3}
    assert drops(tmp_path / "out")["story ep1-0002"]["step"] == "in a later split too"
    write_recipe(comic, COMIC.replace("[split]", '[split]\nshared_frames = "allow"'))
    assert DATASET.build(comic, tmp_path / "out", options={}).n_dropped == 0


def test_a_dry_run_says_what_the_build_then_does(comic: Path, tmp_path: Path) -> None:
    """Stories, losses, room and remarks, and nothing is written."""
    (comic / "pages/ep2/1.png").unlink()
    (comic / "pages/ep1/cover.png").write_bytes(encode_png(page(9, 9)))
    found = DATASET.survey(comic, tmp_path / "out", options={})
    assert not (tmp_path / "out").exists()
    assert dict(found.n_stories) == {"train": 6, "test": 3}
    assert found.missing == ("pages/ep2/1.png",)
    assert dict(found.drops) == {
        "file: file missing": 1,
        "file: in no table": 1,
        "story: file missing": 1,
    }
    assert found.bytes_needed > 0
    assert dict(found.found) == {
        "episodes with stories": 3,
        "described frames": 15,
        "pictures or videos": 14,
        "caption files": 1,
    }
    assert "test: ep3" in found.notes
    assert "Characters by column, in 14 frames: Mina 8, Tom 6." in found.notes
    result = DATASET.build(comic, tmp_path / "out", options={})
    assert dict(result.drops) == dict(found.drops)


def test_the_dry_run_remarks_on_what_is_probably_a_mistake(comic: Path, tmp_path: Path) -> None:
    """A character nobody names, labels nobody asked for, shares that will move."""
    text = COMIC.replace('"Tom"]', '"Tom", "Bo"]').replace('test = ["ep3"]', "test = 0.3")
    write_recipe(comic, text)
    notes = " ".join(DATASET.survey(comic, tmp_path / "out", options={}).notes)
    assert "Never labelled by column: Bo. See how they are spelt there." in notes
    assert "to keep test as it is, write its names" in notes
    write_recipe(comic, COMIC.replace('characters = ["Mina", "Tom"]', ""))
    notes = " ".join(DATASET.survey(comic, tmp_path / "out", options={}).notes)
    assert "[dataset] names no characters: no labels" in notes


def test_check_finds_what_is_broken(comic: Path, series: Path) -> None:
    """`deep` decodes every picture and opens every video."""
    assert DATASET.recognise(comic) == "it holds recipe.toml"
    assert DATASET.recognise(comic / "recipe.toml") == "it is a recipe"
    assert DATASET.recognise(comic / "pages") is None
    assert DATASET.recognise(comic / "captions.csv") is None
    whole = DATASET.check(comic, deep=True)
    assert whole.is_whole
    assert dict(whole.files) == {"*.csv": 1, "*.png": 15, "*.toml": 1}
    (comic / "pages/ep1/4.png").write_bytes(b"\x89PNG no more")
    assert DATASET.check(comic).is_whole
    seen: list[tuple[int, int]] = []
    found = DATASET.check(comic, deep=True, on_progress=lambda n, of, _: seen.append((n, of)))
    assert found.damaged == ("pages/ep1/4.png",)
    assert not found.is_whole
    assert seen[-1] == (14, 15)
    (series / "films/ep1.mp4").write_bytes(b"")
    assert DATASET.check(series, deep=True).damaged == ("films/ep1.mp4",)


def test_check_counts_losses_and_files_that_nobody_uses(comic: Path) -> None:
    """A missing file and its stories are problems; other files below the recipe are counted."""
    (comic / "pages/ep2/1.png").unlink()
    (comic / "notes.md").write_text("later")
    found = DATASET.check(comic)
    assert found.missing == ("pages/ep2/1.png",)
    assert found.files[""] == 1
    said = {one.what: one for one in found.findings}
    assert said["story: file missing"].level == "problem"
    assert said["story: file missing"].found.startswith("1; the first is ep2-0000: Its frame")
    assert said["stories of train"].found == "6 of 10 frames in 2 episodes"


def test_the_guide_knows_its_files() -> None:
    """`storybench data explain` finds a recipe and subtitles."""
    entries = [entry.pattern for entry in DATASET.guide()]
    assert {"recipe.toml", "captions.csv", "*.srt"} <= set(entries)


def test_nothing_but_the_recipe_is_an_option(comic: Path, tmp_path: Path) -> None:
    """An option beside it would not be recorded in it."""
    with pytest.raises(InputError, match="no options beside the recipe, found 'story_len'"):
        DATASET.build(comic, tmp_path / "out", options={"story_len": 3})


def test_there_is_no_template_for_anything_else() -> None:
    """The name is met with the nearest."""
    with pytest.raises(UnknownNameError, match=r"found 'vidoe'. Did you mean video\?"):
        DATASET.template("vidoe")


def test_without_a_recipe_it_says_how_to_start(tmp_path: Path) -> None:
    """The sentence names the file and the command that prints one."""
    with pytest.raises(MissingError, match=r"recipe.toml, found none. `storybench build --templ"):
        DATASET.survey(tmp_path, tmp_path / "out", options={})


def test_stories_without_any_file_are_not_a_dataset(comic: Path, tmp_path: Path) -> None:
    """A table without its pictures ends with the first reason, in the dry run with a note."""
    shutil.rmtree(comic / "pages")
    (comic / "pages").mkdir()
    (comic / "pages/other.png").write_bytes(encode_png(page(1, 1)))
    notes = DATASET.survey(comic, tmp_path / "out", options={}).notes
    assert any(note.startswith("Nothing can be built") for note in notes)
    with pytest.raises(MissingError, match="9 that the captions promise, found every one incompl"):
        DATASET.build(comic, tmp_path / "out", options={})


def test_a_split_that_would_be_empty_is_refused(comic: Path, tmp_path: Path) -> None:
    """A benchmark without test stories is a mistake in the recipe."""
    text = (comic / "captions.csv").read_text().splitlines()
    kept = [line for line in text if "ep3/" not in line or "ep3/1" in line]
    (comic / "captions.csv").write_text("\n".join(kept))
    with pytest.raises(InputError, match="a story in test, found none: ep3 has fewer than the 3"):
        DATASET.build(comic, tmp_path / "out", options={})


def test_short_episodes_are_named(comic: Path, tmp_path: Path) -> None:
    """An episode with too few described frames is a loss with its count."""
    (comic / "pages/ep4").mkdir()
    (comic / "pages/ep4/1.png").write_bytes(encode_png(page(4, 1)))
    with (comic / "captions.csv").open("a") as file:
        file.write("ep4/1.png,Mina alone.,Mina\n")
    DATASET.build(comic, tmp_path / "out", options={})
    lost = drops(tmp_path / "out")["description ep4"]
    assert lost["reason"] == "1 of its frames are described, a story needs 3."


def test_two_sources_make_one_dataset(comic: Path, tmp_path: Path) -> None:
    """A comic and a film, each with a prefix, in one set of labels and splits."""
    write_video(comic / "films/ep1.mp4", 9)
    write_srt(comic / "films/ep1.srt", [(2.0 * k, 2.0 * k + 2, f"Tom {k}") for k in range(4)])
    film = '[[source]]\nkind = "video"\nfolder = "films"\n'
    write_recipe(comic, COMIC + film)
    with pytest.raises(
        InputError, match=r"every episode once, found ep1 in \[\[source\]\] 1 .*pref"
    ):
        DATASET.build(comic, tmp_path / "out", options={})
    write_recipe(comic, f'{COMIC}{film}prefix = "film-"\n')
    DATASET.build(comic, tmp_path / "out", options={})
    assert Counter(Stories(tmp_path / "out", "train").clusters) == {
        "ep1": 3,
        "ep2": 3,
        "film-ep1": 2,
    }
    sources = {story.label_source for story in Stories(tmp_path / "out", "train")}
    assert sources == {"column", "captions"}


def test_links_are_followed_and_loops_survived(comic: Path, tmp_path: Path) -> None:
    """Data on another disk is linked in; a link to the folder above costs nothing."""
    (comic / "pages").rename(tmp_path / "disk")
    (comic / "pages").symlink_to(tmp_path / "disk")
    (tmp_path / "disk/up").symlink_to(comic)
    (tmp_path / "disk/ep1/dangling.png").symlink_to("nowhere")
    assert dict(DATASET.build(comic, tmp_path / "out", options={}).n_stories) == {
        "train": 6,
        "test": 3,
    }


def test_a_name_that_is_not_there_is_met_with_the_one_that_is(comic: Path, tmp_path: Path) -> None:
    """Tables made on systems that know no case say P1.PNG."""
    table = (comic / "captions.csv").read_text().replace("ep1/1.png", "ep1/1.PNG")
    (comic / "captions.csv").write_text(table)
    DATASET.build(comic, tmp_path / "out", options={})
    reason = drops(tmp_path / "out")["file pages/ep1/1.PNG"]["reason"]
    assert reason == "No file pages/ep1/1.PNG; there is pages/ep1/1.png."


def test_a_character_that_the_recipe_does_not_know_is_refused(comic: Path, tmp_path: Path) -> None:
    """A misspelt name would be a frame without a label."""
    table = (comic / "captions.csv").read_text().replace("3.,Mina", "3.,Minna", 1)
    (comic / "captions.csv").write_text(table)
    with pytest.raises(RawDataError, match=r"'Minna' in line 4 of captions.csv. Did you mean Mina"):
        DATASET.build(comic, tmp_path / "out", options={})
