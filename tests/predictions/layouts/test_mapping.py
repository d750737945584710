"""A mapping file: what no name says is said by the user, and checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from storybench.errors import InputError, MissingError, PredictionError
from storybench.predictions.layouts import recognise
from tests.predictions.layouts import world
from tests.predictions.layouts.world import ALL, IDS, SPLIT, N, T, check, picture, save


def lines(path: Path, header: str, rows: list[str]) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def storygen(folder: Path) -> list[str]:
    """L17: pictures by seed; returns the lines that say what they are."""
    rows = []
    for n in range(N):
        for k in range(1, T + 1):
            save(folder / f"{1000 * k + 7 * n}_output.png", picture(n, k))
            rows.append(f"{1000 * k + 7 * n}_output.png,{IDS[n]},{k}")
    return rows


@pytest.mark.parametrize(
    ("id_", "name"),
    [
        ("L17", "{seed}_output.png"),
        ("L21", "animals_{n}/a photo of a fox number {k}.jpg"),
        ("L25", "image/{seed}/generated.png"),
        ("mapping", "odd-{n}x{k}y.png"),
    ],
)
def test_a_mapping_tells_what_names_do_not(id_: str, name: str, tmp_path: Path) -> None:
    """Layouts whose names say neither story nor frame are read by a mapping, and by that alone."""
    rows = []
    for n in range(N):
        for k in range(1, T + 1):
            file = name.format(seed=100 * n + k, n=n, k=k)
            save(tmp_path / "preds" / file, picture(n, k))
            rows.append(f"{file},{IDS[n]},{k}")
    path = lines(tmp_path / "map.csv", "file,story,frame", rows)
    if id_ == "mapping":
        with pytest.raises(PredictionError, match="nearest is"):
            recognise(tmp_path / "preds", SPLIT)
    else:
        found = recognise(tmp_path / "preds", SPLIT)
        assert [question.option for question in found.questions] == ["mapping"]
    found = recognise(tmp_path / "preds", SPLIT, {"mapping": path})
    assert found.layout.id == id_
    check(found)


def test_runs_named_by_time_are_told_by_folder(tmp_path: Path) -> None:
    """L19: which run is which story, a mapping of folders says."""
    rows = []
    for n in range(N):
        run = f"results/20240501-1015{n:02d}"
        for k in ALL:
            save(tmp_path / f"preds/{run}/image_{k}.png", picture(n, k))
        rows.append(f"{run},{IDS[n]}")
    found = recognise(tmp_path / "preds", SPLIT)
    assert found.layout.id == "L19"
    assert [question.option for question in found.questions] == ["mapping"]
    path = lines(tmp_path / "map.csv", "folder,story", rows)
    check(recognise(tmp_path / "preds", SPLIT, {"mapping": path}), ALL)


def test_one_row_a_story_needs_no_mapping(tmp_path: Path) -> None:
    """L25: with one target a story the row is the story's position."""
    from dataclasses import replace

    world.write_pattern(tmp_path, "image/{s}/generated.png", frames=[1])
    check(recognise(tmp_path, replace(world.PLAIN, n_targets=1)), [1])


@pytest.mark.parametrize(
    ("header", "row", "message"),
    [
        ("file,story,frame", "7_output.png,show_ep9-1,1", "Did you mean show_ep"),
        ("file,story,frame", f"7_output.png,{IDS[0]},9", "a frame from 1 to 4"),
        ("file,story,frame", f"7_output.png,{IDS[0]},²", "a frame from 1 to 4"),
        ("file,story,frame", f"../secret.png,{IDS[0]},1", "found no ../secret.png"),
        ("file,story", f"7_output.png,{IDS[0]}", "Expected the columns"),
    ],
)
def test_a_mapping_is_checked(header: str, row: str, message: str, tmp_path: Path) -> None:
    """Unknown stories, frames and files, and paths out of the folder, are errors by line."""
    save(tmp_path / "preds/7_output.png", picture(0, 1))
    save(tmp_path / "secret.png", picture(0, 1))
    path = lines(tmp_path / "map.csv", header, [row])
    with pytest.raises(InputError, match=message):
        recognise(tmp_path / "preds", SPLIT, {"mapping": path})


def test_a_mapping_names_each_frame_once(tmp_path: Path) -> None:
    """Two files for one frame, or no mapping file at all, are errors."""
    rows = storygen(tmp_path / "preds")
    rows.append(rows[0].replace("1000_output.png", "2000_output.png"))
    path = lines(tmp_path / "map.csv", "file,story,frame", rows)
    with pytest.raises(PredictionError, match="found it twice"):
        recognise(tmp_path / "preds", SPLIT, {"mapping": path})
    rows[1] = rows[0].replace("1000_output.png", "1007_output.png")
    path = lines(tmp_path / "map.csv", "file,story,frame", rows[:-1])
    with pytest.raises(PredictionError, match="twice"):
        recognise(tmp_path / "preds", SPLIT, {"mapping": path})
    with pytest.raises(MissingError, match=r"nowhere\.csv"):
        recognise(tmp_path / "preds", SPLIT, {"mapping": tmp_path / "nowhere.csv"})


def test_targets_that_no_story_has_are_told_in_one_note(tmp_path: Path) -> None:
    """A mapping of one file: the last targets are nowhere, which is one thing to know."""
    save(tmp_path / "preds/only.png", picture(0, 1))
    path = lines(tmp_path / "map.csv", "file,story,frame", [f"only.png,{IDS[0]},1"])
    found = recognise(tmp_path / "preds", SPLIT, {"mapping": path})
    assert found.notes == (
        "No story has targets 2, 3, 4: the pictures are of stories of 2 frames, the source among "
        "them. Build shards of that length to score them.",
    )


def test_targets_lost_before_others_are_no_shorter_stories(tmp_path: Path) -> None:
    """Then building shorter shards would mend nothing, and is not advised."""
    rows = []
    for k in (2, 4):
        save(tmp_path / f"preds/{k}.png", picture(0, k))
        rows.append(f"{k}.png,{IDS[0]},{k}")
    path = lines(tmp_path / "map.csv", "file,story,frame", rows)
    (note,) = recognise(tmp_path / "preds", SPLIT, {"mapping": path}).notes
    assert note.startswith("No story has targets 1, 3, though there are later ones")
    assert "shards" not in note
