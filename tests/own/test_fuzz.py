"""Whatever a table, a subtitle file or a recipe holds: stories, named losses, or one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storybench.shards.format import StoryRecord
from storydata.kit.building.plan import Plan
from storydata.kit.drops import Drop
from storydata.own.dataset import recipe_for
from tests.own.comics import COMIC, SERIES, refusal, write_comic, write_recipe, write_video

QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
PAGES = [f"ep{episode}/{number}.png" for episode in (1, 3) for number in range(1, 5)]
"""Enough for stories in train and in test."""

FILES = st.sampled_from([*PAGES, "ep1/9.png", "captions.csv", "EP1\\1.PNG"])
ODD_FILES = st.sampled_from(["ep1", "../x.png", "/etc/passwd", ""])
SAID = st.sampled_from(["Mina.", "Tom, too", 'a "quote"', " ", "", "é", "=1+1", "\u202e", "a\nb"])
WHO = st.sampled_from(["", "Mina", "Tom;Mina", "mina, tom"])
CELLS = st.one_of(SAID, WHO, st.integers(), st.floats(), st.booleans(), st.none(), st.text())
NOISE = st.one_of(st.text(st.sampled_from('",;\n\r\tMina1é'), max_size=9), st.text(max_size=9))
FIELDS = ["caption", "characters", "order", "file", "episode"]
ODD = 8
"""One example in so many is odd in a way that is refused."""


def made(root: Path) -> Plan:
    """Plan a recipe and make every unit: each story comes once, as itself or as a drop."""
    recipe = recipe_for(root)
    plan = recipe.plan()
    found = [one for shard in plan.shards for unit in shard.units for one in recipe.make(unit)]
    keys = [one.key for one in found if isinstance(one, StoryRecord)]
    lost = [*(one for one in found if isinstance(one, Drop)), *plan.drops]
    keys += [drop.id for drop in lost if drop.kind == "story"]
    assert sorted(keys) == sorted(set(keys))
    assert len(keys) == plan.n_planned
    assert all(drop.reason and drop.step for drop in lost)
    json.dumps([drop.to_json() for drop in lost], ensure_ascii=False).encode()
    return plan


def check(root: Path) -> None:
    """Stories and named losses, or one of our own sentences."""
    said = refusal(lambda: made(root))
    assert not said or said.startswith("Expected")


@pytest.fixture(scope="module")
def comic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A comic whose table is written again and again."""
    return write_comic(tmp_path_factory.mktemp("fuzz") / "comic")


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two short films whose subtitles are written again and again."""
    root = write_recipe(tmp_path_factory.mktemp("fuzz") / "series", SERIES)
    for n, name in enumerate(("ep1", "ep2")):
        write_video(root / f"films/{name}.mp4", 5 + n)
    return root


@QUICK
@given(
    rows=st.lists(st.tuples(FILES, SAID, WHO), max_size=8),
    order=st.booleans(),
    odd=st.integers(0, ODD).flatmap(lambda n: st.none() if n else st.tuples(ODD_FILES, SAID, WHO)),
)
def test_rows_are_stories_or_losses(
    comic: Path, rows: list[tuple[str, str, str]], *, order: bool, odd: tuple[str, str, str] | None
) -> None:
    """Rows that are well formed and say anything, before those of a whole table."""
    rows += [odd] if odd else []
    rows += [(name, "Mina.", "Mina") for name in PAGES]
    lines = [f"file,caption,characters{',order' if order else ''}"]
    for number, row in enumerate(rows):
        cells = [*row, str(-number)] if order else row
        lines.append(",".join('"' + cell.replace('"', '""') + '"' for cell in cells))
    (comic / "captions.csv").write_text("\n".join(lines), "utf-8")
    check(comic)


@QUICK
@given(NOISE.map(str.encode) | st.binary(max_size=9), st.integers(0, 200), st.integers(0, 9))
def test_bytes_in_a_table_are_stories_or_one_sentence(
    comic: Path, noise: bytes, place: int, gone: int
) -> None:
    """A whole table with a piece of it replaced by anything."""
    rows = [f"{name},Mina.,Mina" for name in PAGES]
    whole = "\n".join(["file,caption,characters", *rows]).encode()
    (comic / "captions.csv").write_bytes(whole[:place] + noise + whole[place + gone :])
    check(comic)


@QUICK
@given(st.dictionaries(st.tuples(st.integers(0, 7), st.sampled_from(FIELDS)), CELLS, max_size=3))
def test_objects_are_stories_or_one_sentence(
    comic: Path, odd: dict[tuple[int, str], object]
) -> None:
    """JSON lines hold values that no CSV can."""
    rows: list[dict[str, object]] = [{"file": name, "caption": ["Mina.", "Tom"]} for name in PAGES]
    for (number, key), value in odd.items():
        rows[number][key] = value
    (comic / "captions.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    write_recipe(comic, COMIC.replace(".csv", ".jsonl"))
    try:
        check(comic)
    finally:
        write_recipe(comic, COMIC)


TIMES = st.sampled_from(
    ["00:00:00,500", "00:00:01.000", "0:02", "00:00:09,000", "99:99:99", "soon"]
)
CUES = st.builds(
    lambda number, start, end, text: f"\n{number}\n{start} --> {end}\n{text}\n",
    st.integers(0, 9), TIMES, TIMES, SAID,
)  # fmt: skip
WHOLE = "".join(f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\nMina {n}\n\n" for n in range(4))


@settings(QUICK, max_examples=25)
@given(parts=st.lists(st.one_of(CUES, st.text(max_size=20)), max_size=5), first=st.booleans())
def test_subtitles_are_stories_or_losses(series: Path, parts: list[str], *, first: bool) -> None:
    """Cues in any order with anything between them, before or after those of a whole file."""
    odd = "\n".join(parts)
    text = f"{odd}\n\n{WHOLE}" if first else f"{WHOLE}\n\n{odd}"
    for name in ("ep1", "ep2"):
        (series / f"films/{name}.srt").write_bytes(text.encode("utf-8", "replace"))
    check(series)


NAMES = ['["ep1"]', '"ep*"', '["ep3"]', "0.5", "0.3", "1"]
KEYS = {
    ("[dataset]", "version"): ['"2"', "2"],
    ("[dataset]", "characters"): ['["Mina"]', '["Bo"]', "[]"],
    ("[stories]", "length"): ["2", "4", "5"],
    ("[stories]", "rule"): ['"disjoint"', '"first"'],
    ("[stories]", "image"): ['"jpeg"'],
    ("[stories]", "short_side"): ["16", "15"],
    ("[stories]", "stories_per_shard"): ["1"],
    ("[split]", "test"): NAMES,
    ("[split]", "val"): NAMES,
    ("[split]", "train"): NAMES,
    ("[split]", "shared_frames"): ['"drop"', '"allow"'],
    ("[[source]]", "folder"): ['"."', '"pages/ep1"'],
    ("[[source]]", "captions"): ['"beside"', '"captions.*"', '"pages"', '"recipe.toml"'],
    ("[[source]]", "labels"): ['"captions"', '"column"'],
    ("[[source]]", "episode"): ['"column"', '"folder"'],
    ("[[source]]", "prefix"): ['"é/"'],
    ("[[source]]", "columns"): ['{ caption = "characters" }', '{ episode = "file" }'],
}
TOLD = st.sampled_from(list(KEYS)).flatmap(
    lambda key: st.tuples(st.just(key), st.sampled_from(KEYS[key]))
)


@settings(QUICK, max_examples=100)
@given(st.lists(TOLD, max_size=3, unique_by=lambda told: told[0]))
def test_recipes_are_datasets_or_one_sentence(
    comic: Path, told: list[tuple[tuple[str, str], str]]
) -> None:
    """A whole recipe with some of its keys said otherwise, or said for the first time."""
    rows = [f"{name},Mina.,Mina" for name in PAGES]
    (comic / "captions.csv").write_text("\n".join(["file,caption,characters", *rows]))
    text = COMIC
    for (table, key), value in told:
        lines = [line for line in text.splitlines() if not line.startswith(f"{key} =")]
        place = lines.index(table) + 1
        text = "\n".join([*lines[:place], f"{key} = {value}", *lines[place:]])
    write_recipe(comic, text)
    try:
        check(comic)
    finally:
        write_recipe(comic, COMIC)
