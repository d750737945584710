"""PororoQA's real captions give exactly the known clips, episodes, stories and mentions.

The numbers are those of the Pororo rows of the project's oracle table, measured on
Kyung-Min/PororoQA@5599bd7:descriptions.csv. Folders are empty: planning opens no clip.
"""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from storybench.errors import RawDataError
from storybench.mentions import mentions
from storydata.kit.drops import tally
from storydata.pororosv.facts import Facts, read_facts
from storydata.pororosv.findings import on_facts
from storydata.pororosv.lengths import highest
from storydata.pororosv.names import series_of
from storydata.pororosv.options import Options
from storydata.pororosv.planning import make_plan
from storydata.pororosv.spec import CHARACTERS, EPISODES
from tests.pororosv.releases import clip_id, save_lists, save_object

CSV = Path(__file__).resolve().parents[3] / "shared" / "data" / "pororoqa" / "descriptions.csv"

pytestmark = pytest.mark.skipif(not CSV.is_file(), reason=f"no {CSV}")


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real captions and an empty strip for every clip, as the release lies on a disk."""
    folder = tmp_path_factory.mktemp("oracle") / "pororo_png"
    folder.mkdir()
    shutil.copy(CSV, folder / "descriptions.csv")
    with CSV.open(newline="", encoding="utf-8") as file:
        clips = {(episode, int(n)) for episode, n, _ in csv.reader(file)}
    for episode in {episode for episode, _ in clips}:
        (folder / clip_id(episode, 1)).parent.mkdir(parents=True)
    for episode, n in clips:
        (folder / f"{clip_id(episode, n)}.png").touch()
    return folder


@pytest.fixture(scope="module")
def facts(raw: Path) -> Facts:
    """What the captions and folders say."""
    return read_facts(raw, Options(substitute_split=True))


def test_clips_and_episodes(facts: Facts) -> None:
    """16,066 clips of 183 episodes in 17 series, all on the disk, none unknown."""
    assert len(facts.clips) == len(facts.captions.entries) == facts.release.n_clips == 16_066
    assert facts.captions.strays == ()
    lengths = facts.lengths.by_episode
    assert len(lengths) == 183
    assert Counter(map(series_of, lengths)) == EPISODES
    assert (min(lengths.values()), max(lengths.values())) == (27, 210)
    assert lengths == highest(facts.captions.entries)


def test_captions_a_clip(facts: Facts) -> None:
    """16,971 captions, 762 clips with more than one."""
    counts = Counter(map(len, facts.captions.entries.values()))
    assert counts == {1: 15_304, 2: 685, 3: 51, 4: 11, 5: 6, 6: 2, 7: 2, 8: 2, 9: 2, 10: 1}
    assert sum(n * clips for n, clips in counts.items()) == 16_971
    assert sum(clips for n, clips in counts.items() if n > 1) == 762


def test_captions_as_people_wrote_them() -> None:
    """Line ends, edges, small letters, no full stop: what normalising meets, and what it leaves."""
    with CSV.open(newline="", encoding="utf-8") as file:
        texts = [text for _, _, text in csv.reader(file)]
    assert sum("\n" in text for text in texts) == 2
    assert sum(text != text.strip() for text in texts) == 16
    assert sum(text[:1].islower() for text in texts) == 7_771
    assert sum(not text.strip().endswith(".") for text in texts) == 1_049
    assert sum(not set(".!?") & set(text) for text in texts) == 973


def test_stories(facts: Facts) -> None:
    """15,334 starts; the first five in text order."""
    assert len(facts.starts) == 15_334
    assert [start.id for start in facts.starts[:5]] == [
        clip_id("Pororo_ENGLISH1_1_ep1", n) for n in (1, 10, 11, 12, 13)
    ]
    assert len({start.key for start in facts.starts}) == 15_334


def test_the_hole_of_the_split(facts: Facts) -> None:
    """P6: episodes that story ids never find in the list of images: 699 stories of 6 episodes."""
    reached = {clip.episode for clip in facts.clips[: len(facts.starts)]}
    lost = [start for start in facts.starts if start.episode not in reached]
    assert len(lost) == 699
    assert {start.episode for start in lost} == {
        f"Pororo_The_Racing_Adventure_ep{k}" for k in range(2, 8)
    }


def test_mentions(facts: Facts) -> None:
    """Clips that name each character in any caption, and clips that name nobody."""
    named = [mentions(texts, CHARACTERS) for texts in facts.captions.entries.values()]
    sums = np.array(named).sum(axis=0).tolist()
    assert sums == [6240, 3277, 4728, 4317, 3275, 2123, 958, 1469, 1992]
    assert sum(not any(labels) for labels in named) == 1_754


def test_the_plan_loses_nothing(facts: Facts) -> None:
    """Every story and clip is planned, without a clip being opened: they are empty files."""
    plan = make_plan(facts, Options(substitute_split=True))
    assert plan.n_planned == 15_334
    assert tally(plan.drops) == {}
    kinds = Counter(shard.holds for shard in plan.shards)
    assert kinds["stories"] > 60
    units = [unit for shard in plan.shards for unit in shard.units]
    assert sum(unit.n_stories for unit in units) == 15_334
    assert sum(unit.n_clips for unit in units) == 16_066


def test_the_published_counts_are_met(facts: Facts) -> None:
    """The real captions have no difference to explain."""
    found = {finding.what: finding.level for finding in on_facts(facts)}
    assert found["episodes"] == found["clips"] == found["story starts"] == "good"


def test_the_substitute_split_of_the_real_clips(facts: Facts) -> None:
    """Its sizes are part of its name, as are its ids."""
    assert {name: len(ids) for name, ids in facts.split.items()} == {
        "train": 10_566,
        "val": 2_429,
        "test": 2_339,
    }
    assert facts.split["val"][:3] == (0, 1, 4)


def test_a_counter_that_lacks_a_clip_stops_the_build(raw: Path, tmp_path: Path) -> None:
    """One clip less in one of 183 episodes would shift thousands of ids: it is said, by name."""
    folder = tmp_path / "raw"
    folder.mkdir()
    shutil.copy(CSV, folder / "descriptions.csv")
    lengths = read_facts(raw, Options(substitute_split=True)).lengths.by_episode
    wrong = {**lengths, "Pororo_ENGLISH2_1_ep3": lengths["Pororo_ENGLISH2_1_ep3"] - 1}
    save_object(
        folder / "frames_counter.npy", {clip_id(name, 1)[:-1]: n for name, n in wrong.items()}
    )
    save_lists(folder / "train_seen_unseen_ids.npy", [[0], [1], [2]])
    with pytest.raises(RawDataError, match=r"for Pororo_ENGLISH2_1_ep3, and no img_cache4.npy"):
        read_facts(folder, Options())
