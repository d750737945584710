"""Stories, their places and their labels, settled before any picture is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from storybench.errors import RawDataError
from storydata.kit.building.plan import Plan
from storydata.own.cast import check_names, label_source, labels
from storydata.own.described import Episode, Shot
from storydata.own.gathering import gather
from storydata.own.planning import draft_plan
from storydata.own.work import Work
from tests.own.comics import COMIC, write_comic, write_recipe


def planned(root: Path) -> Plan:
    return draft_plan(gather(root))


def works(plan: Plan) -> list[Work]:
    return [unit.payload for shard in plan.shards for unit in shard.units]


@pytest.mark.parametrize(
    ("rule", "members"),
    [
        ("windows", [(0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (4, 5, 6)]),
        ("disjoint", [(0, 1, 2), (3, 4, 5)]),
        ("first", [(0, 1, 2)]),
    ],
)
def test_the_rule_says_which_runs_are_stories(
    tmp_path: Path, rule: str, members: list[tuple[int, ...]]
) -> None:
    """The three of the kit."""
    recipe = COMIC.replace("length = 3", f'length = 3\nrule = "{rule}"')
    plan = planned(write_comic(tmp_path, pages=7, recipe=recipe))
    assert [story.members for story in works(plan)[0].stories] == members


def test_long_episodes_are_made_in_runs(tmp_path: Path) -> None:
    """Each with the shots it shows, and how many of them the run before shows too."""
    recipe = COMIC.replace("length = 3", "length = 3\nstories_per_shard = 2")
    plan = planned(write_comic(tmp_path, episodes=3, pages=7, recipe=recipe))
    first = [work for work in works(plan) if work.episode == "ep1"]
    assert [len(work.stories) for work in first] == [2, 2, 1]
    assert [len(work.shots) for work in first] == [4, 4, 3]
    assert [work.n_known for work in first] == [0, 2, 2]
    assert [story.members for story in first[1].stories] == [(0, 1, 2), (1, 2, 3)]
    assert [story.position for work in first for story in work.stories] == [0, 1, 2, 3, 4]


def test_a_missing_picture_leaves_the_others_their_names(tmp_path: Path) -> None:
    """Shards hold what is there; the plan counts what was promised."""
    root = write_comic(tmp_path, pages=7)
    whole = planned(root)
    (root / "pages/ep1/1.png").unlink()
    plan = planned(root)
    assert plan.n_planned == whole.n_planned == 15
    before, after = works(whole)[0], works(plan)[0]
    assert after.stories[0].key == before.stories[1].key == "ep1-0001"
    assert after.stories[0].position == 1
    assert after.stories[0].members == (0, 1, 2)
    assert [shot.file for shot in after.shots] == [f"pages/ep1/{k}.png" for k in range(2, 8)]


def test_an_episode_without_any_whole_story_keeps_its_place(tmp_path: Path) -> None:
    """Its unit has no files, so it is never made."""
    root = write_comic(tmp_path, pages=3)
    (root / "pages/ep1/2.png").unlink()
    plan = planned(root)
    assert [shard.name for shard in plan.shards] == [
        "stories-train-00000.tar",
        "stories-test-00000.tar",
    ]
    assert [work.episode for work in works(plan)] == ["ep2", "ep3"]
    assert [work.stories[0].position for work in works(plan)] == [1, 0]


def test_a_caption_that_is_no_picture_of_the_recipe_changes_nothing_else(tmp_path: Path) -> None:
    """Every key of the recipe is recorded, and only those."""
    plan = planned(write_comic(tmp_path))
    assert plan.options == {
        "source.1.captions": "captions.csv",
        "source.1.encoding": "utf-8",
        "source.1.folder": "pages",
        "source.1.kind": "frames",
        "source.1.pictures": "**/*.png, **/*.jpg, **/*.jpeg, **/*.webp",
        "split.seed": 0,
        "split.shared_frames": "refuse",
        "split.test": "ep3",
        "stories.image": "png",
        "stories.length": 3,
        "stories.rule": "windows",
        "stories.stories_per_shard": 128,
    }


def test_columns_are_recorded_by_key(tmp_path: Path) -> None:
    """So that the card shows them on a line each."""
    root = write_comic(tmp_path)
    table = (root / "captions.csv").read_text().replace("caption", "said", 1)
    (root / "captions.csv").write_text(table)
    write_recipe(root, COMIC + 'columns = { caption = "said" }\n')
    assert planned(root).options["source.1.columns.caption"] == "said"


def shot(*captions: str, names: tuple[str, ...] | None = None) -> Shot:
    return Shot("p1", None, captions, characters=names, place="line 2 of a.csv")


def test_labels_come_from_a_column_or_from_every_caption() -> None:
    """In the order of the recipe; without characters there are none."""
    cast = ("Mina", "Tom")
    assert labels(shot("x", "MINA's cat; Tomato"), cast) == (1, 0)
    assert labels(shot("Mina", names=("tom",)), cast) == (0, 1)
    assert labels(shot("Mina", names=()), cast) == (0, 0)
    assert labels(shot("Mina"), ()) is None


def test_every_name_that_nobody_knows_is_said_at_once() -> None:
    """Not one after the other, build after build; without characters names do not matter."""
    shots = (shot("x", names=("tom", "Tim")), shot("y", names=("Minna", "Tim")))
    odd = Episode("a", shots, is_video=False)
    with pytest.raises(RawDataError, match=r"found 'Tim' in line 2 of a.csv, and elsewhere Minna"):
        check_names([odd], ("Mina", "Tom"))
    check_names([odd], ("Mina", "Tom", "Minna", "Tim"))
    check_names([odd], ())


def test_stories_say_where_labels_come_from() -> None:
    """Two words that other datasets use too, or nothing."""
    by_caption, by_column = (
        Episode("a", (one,), is_video=False) for one in (shot("x"), shot("x", names=()))
    )
    assert label_source(by_caption, ("Mina",)) == "captions"
    assert label_source(by_column, ("Mina",)) == "column"
    assert label_source(by_column, ()) is None
