"""What has gone wrong with each layout: the trap is planted, and told, asked about or refused."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from storybench.errors import InputError, PredictionError
from storybench.predictions.layouts import Recognition, recognise
from storybench.predictions.layouts.arldm import place_of
from tests.predictions.layouts import world
from tests.predictions.layouts.world import ALL, IDS, PLAIN, SPLIT, N, T, check, picture, save


def asked(found: Recognition) -> tuple[str, ...]:
    """The options that are asked for; such a folder is never read."""
    assert not found.can_be_scored
    with pytest.raises(PredictionError, match="names do not say"):
        found.predictions()
    return tuple(question.option for question in found.questions)


def test_batches_are_sorted_as_numbers(tmp_path: Path) -> None:
    """A02: with twelve batches text order is 0, 1, 10, 11, 2, …; numbers win, and 5 digits too."""
    world.storydalle_batches(tmp_path / "ones", batch=1)
    check(recognise(tmp_path / "ones", SPLIT))
    world.storydalle_batches(tmp_path / "fives", batch=5)
    check(recognise(tmp_path / "fives", SPLIT))


def test_five_digits_follow_four(tmp_path: Path) -> None:
    """A02: 9999.png comes before 10000.png, and both are read as the numbers they are."""
    n_stories = 2501
    split = replace(PLAIN, ids=tuple(f"s{n}" for n in range(n_stories)), known_clips=None)
    for n in (0, *range(9_980, n_stories * T)):
        save(tmp_path / f"{n:04d}.png", np.zeros((1, 1, 3), np.uint8))
    found = recognise(tmp_path, split, {"batch-size": 1})
    assert found.n_targets_found == 25
    assert found.predictions().picture("s2499", 4).name == "9999.png"
    assert found.predictions().picture("s2500", 1).name == "10000.png"


@pytest.mark.parametrize("batch", [1, 4, 5, 12, 64])
@pytest.mark.parametrize("frames", [range(1, T + 1), ALL])
def test_the_batch_size_is_asked_for_and_then_followed(batch, frames, tmp_path: Path) -> None:
    """A03: frames of a batch stand frame by frame; without the batch size nothing is read."""
    world.arldm_flat(tmp_path, batch=batch, frames=frames)
    assert asked(recognise(tmp_path, SPLIT)) == ("batch-size",)
    check(recognise(tmp_path, SPLIT, {"--batch-size": batch}), frames)


@pytest.mark.parametrize("batch", range(1, 8))
def test_place_of_inverts_the_way_the_list_grows(batch: int) -> None:
    """Number by number, story and frame are those that AR-LDM's loops would have written."""
    n_stories, per_story = 22, 5
    written = [
        (story, frame)
        for start in range(0, n_stories, batch)
        for frame in range(per_story)
        for story in range(start, min(start + batch, n_stories))
    ]
    read = [
        place_of(n, per_story=per_story, batch=batch, n_stories=n_stories)
        for n in range(n_stories * per_story)
    ]
    assert read == written


def test_flat_pictures_ask_for_frames_where_the_count_does_not_tell(tmp_path: Path) -> None:
    """A28: 40 pictures are 10 stories of 4 or 8 of 5; neither is taken without being told."""
    world.arldm_flat(tmp_path)
    for n in range(40, 48):
        (tmp_path / f"{n:04d}.png").unlink()
    found = recognise(tmp_path, SPLIT, {"batch-size": 1})
    assert asked(found) == ("frames-per-story",)
    found = recognise(tmp_path, SPLIT, {"batch-size": 1, "frames-per-story": 4})
    assert found.n_stories == 10
    assert found.missing == tuple((story, k) for story in IDS[10:] for k in range(1, 5))
    with pytest.raises(PredictionError, match="stopped within a batch"):
        (tmp_path / "0039.png").unlink()
        recognise(tmp_path, SPLIT, {"batch-size": 5, "frames-per-story": 4}).require()


def test_flat_pictures_counted_from_one_are_asked_about(tmp_path: Path) -> None:
    """A06: without 0000.png either the first is lost or the count begins with 1."""
    world.arldm_flat(tmp_path)
    for n in reversed(range(48)):
        (tmp_path / f"{n:04d}.png").rename(tmp_path / f"{n + 1:04d}.png")
    assert "first-index" in asked(recognise(tmp_path, SPLIT, {"batch-size": 1}))
    check(recognise(tmp_path, SPLIT, {"batch-size": 1, "first-index": 1}))


def test_raw_ids_in_names_of_positions_are_told_apart(tmp_path: Path) -> None:
    """A04: numbers that only the release's own ids fit are read as those, and it is said."""
    world.write_pattern(tmp_path, "gen_sample_{s}_{f}.png", numbers=world.RAW_IDS)
    found = recognise(tmp_path, SPLIT)
    assert any("own story ids" in sentence for sentence in found.why)
    check(found)
    with pytest.raises(PredictionError, match="Were they made for another split"):
        recognise(tmp_path, PLAIN).require()


def test_positions_in_names_of_raw_ids_are_asked_about(tmp_path: Path) -> None:
    """A04: positions where CMOTA writes raw ids fit two orders: which one is asked for."""
    world.write_pattern(tmp_path, "x_gen_{s}_{f}.png", numbers=world.FILE_ORDER, frames=ALL)
    found = recognise(tmp_path, SPLIT)
    assert asked(found) == ("order",)
    assert found.questions[0].choices == ("official", "file")
    check(recognise(tmp_path, SPLIT, {"order": "file"}), ALL)


def test_each_family_counts_in_its_own_order(tmp_path: Path) -> None:
    """A05: StoryDALL-E counts sorted ids, the GANs the file's order, and --order overrules."""
    world.write_pattern(tmp_path / "sd", "gen_sample_{s}_{f}.png")
    check(recognise(tmp_path / "sd", SPLIT))
    world.write_pattern(tmp_path / "sd-file", "gen_sample_{s}_{f}.png", numbers=world.FILE_ORDER)
    check(recognise(tmp_path / "sd-file", SPLIT, {"order": "file"}))
    world.write_pattern(tmp_path / "gan", "img-{s}-{f}.png", frames=ALL)
    check(recognise(tmp_path / "gan", SPLIT, {"order": "official"}), ALL)
    with pytest.raises(InputError, match=r"orders official, file, story-id.*found --order other"):
        recognise(tmp_path / "gan", SPLIT, {"order": "other"})


def test_an_order_that_the_build_lacks_is_asked_for(tmp_path: Path) -> None:
    """A05: names in the file's order are no use where the build does not have that order."""
    world.gan_pictures(tmp_path)
    split = replace(SPLIT, orders={"story-id": world.RAW_IDS})
    assert asked(recognise(tmp_path, split)) == ("order",)
    world.gan_arrays(tmp_path / "array")
    assert asked(recognise(tmp_path / "array", SPLIT)) == ("order",)
    check(recognise(tmp_path / "array", SPLIT, {"order": "file"}), ALL)
    world.gan_arrays(tmp_path / "plain", order=range(N))
    check(recognise(tmp_path / "plain", PLAIN), ALL)


def test_stories_counted_from_one_are_told_or_asked(tmp_path: Path) -> None:
    """A06: 1 … n can only count from 1; 1 … n - 1 is asked about."""
    world.write_pattern(tmp_path, "gen_sample_{s}_{f}.png", numbers=range(1, N + 1))
    check(recognise(tmp_path, SPLIT))
    for f in range(T):
        (tmp_path / f"gen_sample_{N}_{f}.png").unlink()
    assert asked(recognise(tmp_path, SPLIT)) == ("first-index",)
    found = recognise(tmp_path, SPLIT, {"first-index": 1})
    assert {story for story, _ in found.missing} == {IDS[-1]}
    found = recognise(tmp_path, SPLIT, {"first-index": 0})
    assert {story for story, _ in found.missing} == {IDS[0]}


def test_folders_of_numbers_are_counted_from_one_as_numbers(tmp_path: Path) -> None:
    """A02, L13: folder 10 comes after 9, and folder 1 is the first story."""
    world.cmota_folders(tmp_path)
    found = recognise(tmp_path, SPLIT)
    first = world.in_order(world.FILE_ORDER)[0]
    assert found.predictions().picture(IDS[first], 1).name == "test_gen/1/1.png"
    assert len(found.left_out) == 60
    check(found, ALL)


def test_the_source_in_front_is_no_target(tmp_path: Path) -> None:
    """A07: RCDMs' frame 0 is the source: it stands in place 0 and a conversion leaves it out."""
    world.rcdms(tmp_path)
    found = recognise(tmp_path, SPLIT)
    assert found.predictions().frames(IDS[0]) == (0, 1, 2, 3, 4)
    assert any("no targets" in note for note in found.notes)
    assert np.array_equal(found.predictions().load(IDS[3]).frames[0], picture(3, 1))


@pytest.mark.parametrize("pattern", ["img-{s}-{f}.png", "x_gen_{s}_{f}.png", "{s}_{f}.png"])
def test_a_lost_last_frame_is_asked_about(pattern: str, tmp_path: Path) -> None:
    """A07: frames 0 … T-1 may be the source with three targets, or four targets."""
    numbers = world.RAW_IDS if "gen" in pattern else range(N)
    world.write_pattern(tmp_path, pattern, numbers=numbers, frames=range(T))
    answers = {} if "gen" in pattern else {"order": "official"}
    assert asked(recognise(tmp_path, SPLIT, answers)) == ("first-frame",)
    found = recognise(tmp_path, SPLIT, {**answers, "first-frame": "source"})
    assert found.missing == tuple((story, 4) for story in IDS)
    assert any("No story has target 4" in note for note in found.notes)
    check(recognise_targets(tmp_path / "targets", pattern, numbers, answers))


def recognise_targets(folder: Path, pattern: str, numbers, answers) -> Recognition:
    """The same names, over the four targets."""
    world.write_pattern(folder, pattern, numbers=numbers)
    return recognise(folder, SPLIT, {**answers, "first-frame": "target"})


def test_real_pictures_and_grids_beside_are_left_out(tmp_path: Path) -> None:
    """A08, A15: siblings known by name are no predictions: real frames, grids, start images."""
    expected = {
        world.cmota_pictures: 60,
        world.rcdms: 1,
        world.make_a_story: 1,
        world.seed_story: 60,
        world.gan_arrays: 1,
        world.storydalle_batches: 1,
        world.vistorybench: 1,
    }
    for write, n_beside in expected.items():
        folder = tmp_path / write.__name__
        write(folder)
        answers = {"order": "file"} if write is world.gan_arrays else {}
        found = recognise(folder, SPLIT, answers)
        assert len(found.left_out) == n_beside, write.__name__
        assert found.is_complete


def test_mosaics_are_cut_exactly(tmp_path: Path) -> None:
    """A15: only the generated squares are taken; a mosaic with padding is refused."""
    world.storydalle_mosaics(tmp_path / "exact", batch=5)
    check(recognise(tmp_path / "exact", SPLIT))
    padded = np.pad(np.zeros((64, 9 * 64, 3), np.uint8), ((2, 2), (2, 2), (0, 0)))
    save(tmp_path / "padded/pororo_gen_samples_test_batch_000.png", padded)
    with pytest.raises(PredictionError, match="without padding, found 580 x 68"):
        recognise(tmp_path / "padded", SPLIT).require()


def test_a_batch_in_the_middle_leaves_a_gap_only(tmp_path: Path) -> None:
    """A11: without batch 1 the stories after it keep their places."""
    world.storydalle_batches(tmp_path, batch=5)
    (tmp_path / "sdalle_story_test_batch_1.pt").unlink()
    found = recognise(tmp_path, SPLIT)
    assert {story for story, _ in found.missing} == set(IDS[5:10])
    assert np.array_equal(found.predictions().image(IDS[11], 2), picture(11, 2))
    (tmp_path / "sdalle_story_test_batch_0.pt").unlink()
    with pytest.raises(PredictionError, match="number 2 alone"):
        recognise(tmp_path, SPLIT)


def test_batches_of_two_runs_do_not_mix(tmp_path: Path) -> None:
    """A14: batches of different sizes are of different runs."""
    world.storydalle_batches(tmp_path, batch=5)
    world.storydalle_batches(tmp_path / "other", batch=4)
    assert asked(recognise(tmp_path, SPLIT)) == ("run",)
    shutil.copy(
        tmp_path / "other/sdalle_story_test_batch_1.pt", tmp_path / "sdalle_story_test_batch_1.pt"
    )
    with pytest.raises(PredictionError, match="5 stories in number 0 and 4 in number 1"):
        recognise(tmp_path, SPLIT, {"run": "."})


def test_predictions_of_another_split_are_refused(tmp_path: Path) -> None:
    """A26: tensors that say "val" are not scored as "test"."""
    world.storydalle_batches(tmp_path, batch=5)
    with pytest.raises(PredictionError, match=r"Use --split test"):
        recognise(tmp_path, replace(SPLIT, name="val")).require()


def test_a_rerun_counts_on_and_is_asked_about(tmp_path: Path) -> None:
    """A13: twice as many stories are two runs, and an incomplete second one is told."""
    world.make_a_story(tmp_path)
    for n in range(3):
        for k in ALL:
            save(tmp_path / f"samples/{60 + n * 5 + k:04}_{k:02}.png", picture(n + 50, k))
    found = recognise(tmp_path, SPLIT)
    assert asked(found) == ("run",)
    assert "the last of 3 stories" in found.questions[0].text
    check(recognise(tmp_path, SPLIT, {"run": 1}), ALL)
    assert recognise(tmp_path, SPLIT, {"run": 2}).n_stories == 3
    with pytest.raises(InputError, match="a run from 1 to 2"):
        recognise(tmp_path, SPLIT, {"run": 3})


def test_a_count_that_begins_later_or_has_gaps(tmp_path: Path) -> None:
    """L7: the count begins with the files that were there; with a gap it says nothing any more."""
    world.make_a_story(tmp_path, count=7)
    check(recognise(tmp_path, SPLIT), ALL)
    (tmp_path / "samples/0023_01.png").unlink()
    with pytest.raises(PredictionError, match="found gaps"):
        recognise(tmp_path, SPLIT).require()


def test_four_frames_with_the_first_lack_the_last_target(tmp_path: Path) -> None:
    """A27, L7: Make-A-Story's four frames are the source's and three targets."""
    count = 0
    for n in range(N):
        for k in range(4):
            save(tmp_path / f"{count:04}_{k:02}.png", picture(n, k))
            count += 1
    found = recognise(tmp_path, SPLIT)
    assert found.missing == tuple((story, 4) for story in IDS)
    check(recognise(tmp_path, replace(SPLIT, n_targets=3)), range(4))


@pytest.mark.parametrize(
    ("write", "other", "answer"),
    [
        (world.rcdms, "stage2/real_x/metric_100_guidancescale3.0_seed1_reg", "metric_100_gui"),
        (world.vistorybench, "20250501_000000", "20250429-101500"),
    ],
)
def test_several_runs_are_asked_about(write, other: str, answer: str, tmp_path: Path) -> None:
    """A14: of two seeds, times or epochs none is newer by guess."""
    write(tmp_path)
    write(tmp_path, other)
    found = recognise(tmp_path, SPLIT)
    assert asked(found) == ("run",)
    (chosen,) = [name for name in found.questions[0].choices if not name.endswith(other)]
    assert answer in chosen
    check(recognise(tmp_path, SPLIT, {"run": chosen}), ALL)
    with pytest.raises(InputError, match="found --run none"):
        recognise(tmp_path, SPLIT, {"run": "none"})


def test_epochs_are_asked_about(tmp_path: Path) -> None:
    """A14: images-epoch-2.npy and images-epoch-10.npy are two runs."""
    world.gan_arrays(tmp_path, name="images-epoch-2.npy")
    world.gan_arrays(tmp_path, name="images-epoch-10.npy")
    found = recognise(tmp_path, SPLIT, {"order": "file"})
    assert asked(found) == ("run",)
    assert found.questions[0].choices == ("images-epoch-2.npy", "images-epoch-10.npy")
    check(recognise(tmp_path, SPLIT, {"order": "file", "run": "images-epoch-10.npy"}), ALL)


def test_the_last_iteration_is_the_result(tmp_path: Path) -> None:
    """A14: Story-Adapter's highest iteration counts; stories stopped before it are asked about."""
    world.story_adapter(tmp_path)
    check(recognise(tmp_path, SPLIT), ALL)
    shutil.rmtree(tmp_path / "3/story/results_xl10")
    assert asked(recognise(tmp_path, SPLIT)) == ("run",)
    found = recognise(tmp_path, SPLIT, {"run": "results_xl10"})
    assert {story for story, _ in found.missing} == {IDS[3]}


def test_shots_count_from_either(tmp_path: Path) -> None:
    """A06, L23: shots 1 … T+1 and 0 … T are the same frames."""
    world.vistorybench(tmp_path / "zero")
    world.vistorybench(tmp_path / "one", first=1)
    check(recognise(tmp_path / "zero", SPLIT), ALL)
    check(recognise(tmp_path / "one", SPLIT), ALL)


def test_caption_strips_are_cut_or_refused(tmp_path: Path) -> None:
    """A16: StoryGPT-V's strip is cut off below the square; flat, shared clips are refused."""
    world.storygptv(tmp_path / "nested")
    strip = np.full((20, world.SIDE, 3), 255, np.uint8)
    for n, clips in enumerate(world.CLIPS):
        names = [clip.lower().split("/", 1)[1].replace("/", "-") for clip in clips]
        for k, name in enumerate(names):
            tall = np.concatenate([picture(n, k), strip])
            save(tmp_path / f"nested/outputs/{names[0]}/{name}.png", tall)
            save(tmp_path / f"flat/{name}.png", tall)
    found = recognise(tmp_path / "nested", SPLIT)
    assert any("strip below" in sentence for sentence in found.why)
    check(found, ALL)
    with pytest.raises(PredictionError, match="Sample without --display_cap"):
        recognise(tmp_path / "flat", SPLIT).require()


def test_flat_clips_of_stories_apart_are_read(tmp_path: Path) -> None:
    """L14, L16: where no two stories share a clip, its name says everything."""
    clips = tuple(tuple(f"s_{n}_e_1_shot_{k}_x" for k in ALL) for n in range(N))
    split = replace(SPLIT, known_clips=clips)
    strip = np.full((20, world.SIDE, 3), 255, np.uint8)
    for n in range(N):
        for k in ALL:
            tall = np.concatenate([picture(n, k), strip])
            save(tmp_path / f"strips/{clips[n][k]}.png", tall)
            save(tmp_path / f"result/gen_img/{clips[n][k]}.png", picture(n, k))
    found = recognise(tmp_path / "strips", split)
    assert found.layout.id == "L14"
    check(found, ALL)
    found = recognise(tmp_path / "result", split)
    assert found.layout.id == "L16"
    check(found, ALL)


def test_overwritten_clips_are_refused(tmp_path: Path) -> None:
    """A10: pictures named by clip alone are those of the last story that shows it."""
    for n, clips in enumerate(world.CLIPS):
        for k, clip in enumerate(clips):
            save(tmp_path / f"result/gen_img/{clip}.png", picture(n, k))
    save(tmp_path / "result/ori_img/ori_img_0000_0.png", picture(0, 0))
    found = recognise(tmp_path, SPLIT)
    assert found.layout.id == "L16"
    with pytest.raises(PredictionError, match="16 of 20 clips stand in several stories"):
        found.require()


def test_subtitled_pictures_alone_are_refused(tmp_path: Path) -> None:
    """A16: SEED-Story's copies with a subtitle are not scored."""
    world.seed_story(tmp_path)
    for path in tmp_path.glob("*/ori_*"):
        path.unlink()
    with pytest.raises(PredictionError, match=re.escape("Score the ori_{t:02d}.jpg")):
        recognise(tmp_path, SPLIT).require()


def test_two_files_of_one_frame_are_an_error(tmp_path: Path) -> None:
    """A frame that is there twice is never chosen by order."""
    world.storydalle_pictures(tmp_path)
    save(tmp_path / "test_images/images/gen_sample_00_1.png", picture(0, 0))
    with pytest.raises(PredictionError, match="Keep one of them"):
        recognise(tmp_path, SPLIT)


def test_reversed_lists_and_two_ways_to_name(tmp_path: Path) -> None:
    """A31: Cog's out-0 is the last frame; ConsiStory without anchors counts from 0."""
    world.cog(tmp_path / "cog")
    check(recognise(tmp_path / "cog", SPLIT), ALL)
    world.write_pattern(tmp_path / "plain", "{s}/image_{f}.png", frames=ALL)
    found = recognise(tmp_path / "plain", SPLIT)
    assert found.layout.id == "L20"
    check(found, ALL)


def test_a_zero_in_canonical_names_makes_it_a_relative(tmp_path: Path) -> None:
    """Frames 0 … T in story folders have the source's place; 0 … T-1 are asked about."""
    world.write_pattern(tmp_path / "all", "{s}/{f}.png", numbers=IDS, frames=ALL)  # type: ignore[arg-type]
    found = recognise(tmp_path / "all", SPLIT)
    assert found.layout.id == "by-id"
    check(found, ALL)
    world.write_pattern(tmp_path / "four", "{s}/{f}.png", numbers=IDS)  # type: ignore[arg-type]
    assert asked(recognise(tmp_path / "four", SPLIT)) == ("first-frame",)
    check(recognise(tmp_path / "four", SPLIT, {"first-frame": "target"}))


def test_a_count_names_the_culprit(tmp_path: Path) -> None:
    """A12: a set that lacks its unfilled last batch is told as drop_last."""
    world.write_pattern(tmp_path, "gen_sample_{s}_{f}.png")
    for n in range(8, 12):
        for f in range(T):
            (tmp_path / f"gen_sample_{n}_{f}.png").unlink()
    assert any("drop_last" in sentence for sentence in recognise(tmp_path, SPLIT).counts)
    subset = replace(SPLIT, subsets={"toy-8": 8})
    assert any("part toy-8" in sentence for sentence in recognise(tmp_path, subset).counts)


def test_lost_stories_leave_their_places_free(tmp_path: Path) -> None:
    """A build that lost stories keeps the official places: later stories do not move up."""
    world.write_pattern(tmp_path, "gen_sample_{s}_{f}.png")
    kept = [n for n in range(N) if n not in (2, 5)]
    split = replace(PLAIN, ids=tuple(IDS[n] for n in kept), positions=tuple(kept), known_clips=None)
    found = recognise(tmp_path, split)
    assert found.is_complete
    assert any(
        "2 story numbers are of stories that the build does not have" in w for w in found.why
    )
    assert np.array_equal(found.predictions().image(IDS[11], 1), picture(11, 1))
