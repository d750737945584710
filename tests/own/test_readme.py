"""The walk-through of the README and the templates, built as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from storybench.images import encode_png
from storybench.shards.reader import Stories
from storydata import own
from storydata.own import DATASET
from storydata.own.document import parse_document
from storydata.own.settings import (
    DatasetTable,
    FramesSource,
    SplitTable,
    StoriesTable,
    Table,
    VideoSource,
)
from tests.own.comics import page, write_recipe, write_srt, write_video

README = (Path(own.__file__).parent / "README.md").read_text("utf-8")
COMIC, SERIES = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
HEADER = re.findall(r"```csv\n(.*?)\n", README)[0]
TABLES: dict[str, type[Table]] = {
    "[dataset]": DatasetTable,
    "[stories]": StoriesTable,
    "[split]": SplitTable,
}


def test_the_comic_of_the_readme_is_built(tmp_path: Path) -> None:
    """Three episodes of seven pages make the stories that it says, under the ids that it says."""
    rows = [HEADER]
    for episode in (1, 2, 3):
        folder = tmp_path / f"comic/pages/episode-{episode}"
        folder.mkdir(parents=True)
        for number in range(1, 8):
            (folder / f"{number}.png").write_bytes(encode_png(page(episode, number)))
            rows.append(f'episode-{episode}/{number}.png,"Tom looks up, again.",Mina; Tom')
    (tmp_path / "comic/captions.csv").write_text("\n".join(rows))
    write_recipe(tmp_path / "comic", COMIC)
    result = DATASET.build(tmp_path / "comic", tmp_path / "shards", options={})
    assert dict(result.n_stories) == {"train": 3, "val": 3, "test": 3}
    assert Stories(tmp_path / "shards", "train").ids[0] == "episode-1-0000"
    assert Stories(tmp_path / "shards", "test").ids[-1] == "episode-3-0002"
    story = Stories(tmp_path / "shards", "test")[0]
    assert story.source.characters == (1, 1)
    assert story.source.licence == "CC BY 4.0, the artists"


def test_the_series_of_the_readme_is_built(tmp_path: Path) -> None:
    """Cues become frames, without speakers, dashes and sounds."""
    write_recipe(tmp_path, SERIES)
    for n, name in enumerate(("pilot", "second", "third")):
        write_video(tmp_path / f"episodes/{name}.mp4", 12 + n)
        cues = [(2.0 * k, 2.0 * k + 2, f"- [wind] TOM: Mina, look: {k}!") for k in range(6)]
        write_srt(tmp_path / f"episodes/{name}.srt", cues)
    result = DATASET.build(tmp_path, tmp_path / "shards", options={})
    assert dict(result.n_stories) == {"train": 6, "test": 3}
    story = Stories(tmp_path / "shards", "test")[0]
    assert story.captions == tuple(f"Mina, look: {k}!" for k in range(4))
    assert story.source.characters == (1, 0)


@pytest.mark.parametrize("kind", ["frames", "video"])
def test_a_template_is_a_recipe_and_shows_every_key(kind: str) -> None:
    """It is valid as it stands, and so is every line of it that is commented out."""
    text = DATASET.template(kind)
    document = parse_document(text, name="recipe.toml")
    assert document.sources[0].kind == kind
    optional = re.sub(r"^# (?=[a-z_]+ = )", "", text, flags=re.MULTILINE)
    assert optional.count("\n") == text.count("\n")
    assert optional != text
    defaults = parse_document(optional.replace('columns = { caption = "text" }', ""), name="r")
    assert document.split == defaults.split
    models = [*TABLES.values(), FramesSource if kind == "frames" else VideoSource]
    keys = {key for model in models for key in model.model_fields}
    assert keys - set(re.findall(r"^([a-z_]+) =", optional, re.MULTILINE)) <= {"train"}


@pytest.mark.parametrize("table", TABLES)
def test_the_readme_explains_every_key_with_its_default(table: str) -> None:
    """A key that is added here is added there."""
    rows = README.split(f"| `{table}` |")[1].split("\n\n")[0]
    assert set(TABLES[table].model_fields) == set(re.findall(r"`([a-z_]+)`", _first_cells(rows)))


def test_the_readme_explains_every_key_of_a_source() -> None:
    """Those of both kinds, and those of one."""
    rows = README.split("| `[[source]]`, any number |")[1].split("\n\n")[0]
    keys = set(re.findall(r"`([a-z_]+)`", _first_cells(rows)))
    assert keys == {*FramesSource.model_fields, *VideoSource.model_fields}


def _first_cells(rows: str) -> str:
    return "\n".join(row.split("|")[1] for row in rows.splitlines() if row.startswith("|"))
