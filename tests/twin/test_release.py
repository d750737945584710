"""The release as a reader of the raw files sees it."""

from __future__ import annotations

import pickle
import re
from collections import Counter, defaultdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from storybench.errors import InputError
from storybench.pickles.files import load_pickle
from storydata.didemosv import DATASET
from storydata.twin import didemo
from storydata.twin.didemo.annotations import describe
from storydata.twin.didemo.film import film, shots_of
from storydata.twin.didemo.plan import plan_videos
from storydata.twin.world.captions import names_of
from storydata.twin.world.cast import DIDEMO_CAST
from storydata.twin.world.props import PROPS
from storydata.twin.world.settings import SETTINGS
from tests.twin.keywords import KEYWORDS

KEYS = {"annotation_id", "description", "dl_link", "num_segments", "times", "video"}


def all_records(release: Any) -> list[dict[str, Any]]:
    return [record for records in release.records.values() for record in records]


def stem_of(record: dict[str, Any]) -> str:
    return record["video"].rpartition(".")[0]


def folded(text: str) -> str:
    return " ".join(text.split()).lower().rstrip(".")


def resolved(times: list[list[int]]) -> list[int]:
    votes = Counter(map(tuple, times))
    most = max(votes.values())
    return list(min((s for s in votes if votes[s] == most), key=lambda s: (s[1] - s[0], s[0])))


def test_records_have_the_real_schema(release):
    """Every record has exactly the six keys of the real files, with the real types."""
    for record in all_records(release):
        assert set(record) == KEYS
        assert isinstance(record["annotation_id"], int)
        assert isinstance(record["description"], str)
        assert record["num_segments"] in (5, 6)
        assert all(0 <= a <= b < record["num_segments"] for a, b in record["times"])
        assert re.fullmatch(r"\d{8}@N\d\d_\d{12}_[0-9a-f]{10}\.\w*", record["video"])
        assert record["dl_link"].endswith(f"?id={record['video'].split('_')[1]}")


def test_annotation_ids_are_unique_and_in_no_order(release):
    """Ids are unique over all splits and the files are not sorted by them."""
    ids = [record["annotation_id"] for record in all_records(release)]
    assert len(set(ids)) == len(ids)
    assert ids != sorted(ids)


def test_enough_stories(release):
    """Windows of three over distinct captions of decodable videos give what was asked for."""
    captions = defaultdict(set)
    for record in all_records(release):
        captions[stem_of(record)].add(folded(record["description"]))
    windows = {
        stem: max(0, len(texts) - 2) * release.videos[stem]["is_decodable"]
        for stem, texts in captions.items()
    }
    assert windows == {stem: video["n_stories"] for stem, video in release.videos.items()}
    assert sum(windows.values()) >= 6


def test_counts_say_what_was_written(release):
    """The returned counts are those of the files."""
    files = list((release.raw / "videos").iterdir())
    assert release.counts == {
        "annotation files": 3,
        "descriptions": len(all_records(release)),
        "videos": len(files),
        "side files": 3,  # licences, hashes, frame rates
    }


def test_every_name_resolves_by_the_known_rules(release):
    """Each `video` string leads to a file: itself, plus .mp4, its stem plus .mp4 or anything."""
    folder = release.raw / "videos"
    for record in all_records(release):
        name, stem = record["video"], stem_of(record)
        exact = [folder / name, folder / f"{name}.mp4", folder / f"{stem}.mp4"]
        assert any(path.exists() for path in exact) or list(folder.glob(f"{stem}.*"))


def test_caption_quirks_are_there(release):
    """A newline, white space at the edges, upper case, and one duplicate after folding."""
    texts = [record["description"] for record in all_records(release)]
    assert any("\n" in text for text in texts)
    assert any(text != text.strip() for text in texts)
    assert any(text != text.lower() for text in texts)
    assert sum(text.rstrip().endswith(".") for text in texts) not in (0, len(texts))
    per_video = Counter((stem_of(r), folded(r["description"])) for r in all_records(release))
    assert sorted(per_video.values())[-1] == 2


def test_annotation_quirks_are_there(release):
    """Seven annotators, a tie for the most frequent moment, and a moment described twice."""
    records = all_records(release)
    n_annotators = Counter(len(record["times"]) for record in records)
    assert n_annotators[7] >= 1
    assert n_annotators[4] > len(records) / 2
    ties = [Counter(map(tuple, r["times"])).most_common(2) for r in records]
    assert any(len(top) == 2 and top[0][1] == top[1][1] for top in ties)
    moments = Counter((stem_of(r), *resolved(r["times"])) for r in records)
    assert max(moments.values()) >= 2


def test_name_quirks_are_there(release):
    """A name that ends with a dot, one video under two extensions, and a double extension."""
    names = {record["video"] for record in all_records(release)}
    assert any(name.endswith(".") for name in names)
    assert max(Counter(name.rpartition(".")[0] for name in names).values()) == 2
    assert any(path.name.endswith(".mov.mp4") for path in (release.raw / "videos").iterdir())


def test_no_video_is_in_two_splits(release):
    """Splits are disjoint in videos."""
    stems = [{stem_of(record) for record in records} for records in release.records.values()]
    assert sum(map(len, stems)) == len(set.union(*stems))


def test_licence_list(release):
    """A header with repeated tabs, three columns, all six licences, every video covered."""
    header, *rows = (release.raw / "video_licenses.txt").read_text().splitlines()
    assert "\t\t" in header
    table = [row.split("\t") for row in rows]
    assert {len(row) for row in table} == {3}
    kinds = Counter(row[2].removeprefix("http://creativecommons.org/licenses/") for row in table)
    assert set(kinds) == {
        f"{kind}/2.0/" for kind in ("by", "by-nc", "by-nc-nd", "by-nc-sa", "by-nd", "by-sa")
    }
    licences = {row[0]: row[2] for row in table}
    for stem, video in release.videos.items():
        assert licences[stem.split("_")[1]] == video["licence"]


def test_hash_list(release):
    """Two columns, hexadecimal, every video covered."""
    rows = [r.split("\t") for r in (release.raw / "yfcc100m_hash.txt").read_text().splitlines()]
    assert all(re.fullmatch("[0-9a-f]{30}", digest) for _, digest in rows)
    assert {stem.split("_")[1] for stem in release.videos} <= {row[0] for row in rows}


def test_moments_lead_to_what_is_described(release):
    """The resolved moment of every record is the span of the shot that its caption tells of."""
    for record in all_records(release):
        video = release.videos[stem_of(record)]
        shot = video["shots"][video["captions"][str(record["annotation_id"])]["shot"]]
        assert resolved(record["times"]) == shot["segments"]
        first, last = shot["segments"]
        assert shot["start"] == 5 * first
        assert shot["end"] >= min(5 * (last + 1), video["seconds"])


def test_captions_say_who_does_what_where(release):
    """Every caption tells what its shot draws: subject, action, place, partner, thing."""
    for record in all_records(release):
        video = release.videos[stem_of(record)]
        told = video["captions"][str(record["annotation_id"])]
        shot = video["shots"][told["shot"]]
        text = folded(record["description"])
        character = DIDEMO_CAST[told["subject"]]
        words = (*names_of(character), *character.pronouns[:1])
        assert any(re.search(rf"\b{re.escape(word.lower())}\b", text) for word in words)
        assert any(stem in text for stem in KEYWORDS[shot["action"]])
        assert told["place"].lower() in text
        assert not told["place"] or told["place"].startswith(SETTINGS[shot["setting"]].phrases)
        assert told["subject"] in shot["visible"]
        if told["partner"] is not None:
            assert told["partner"] in shot["visible"]
        if told["thing"] is not None:
            assert told["thing"] in shot["things"]
            assert PROPS[told["thing"]].phrase in text


def test_same_video_bytes_in_another_process(release):
    """A video drawn here equals the file that a worker process wrote."""
    plan = plan_videos(6, release.facts["seed"])[0]
    assert film(plan, numbered=True) == (release.raw / "videos" / plan.file_name).read_bytes()


def test_same_seed_same_words_and_another_seed_another_world():
    """Annotations are a function of the seed alone."""
    first, again, other = (plan_videos(6, seed) for seed in (1, 1, 2))
    assert [describe(plan, k) for k, plan in enumerate(first)] == [
        describe(plan, k) for k, plan in enumerate(again)
    ]
    assert {plan.stem for plan in first}.isdisjoint(plan.stem for plan in other)
    assert shots_of(first[0]) != shots_of(other[0])


@pytest.mark.parametrize(("stories", "seed"), [(0, 0), (3, -1)])
def test_impossible_wishes_are_refused(tmp_path: Path, stories: int, seed: int):
    """No stories or a negative seed: one sentence with the numbers in it."""
    with pytest.raises(InputError, match=f"found {stories} stories and seed {seed}"):
        didemo.write_release(tmp_path / "raw", stories=stories, seed=seed)


def test_rate_table(release):
    """A pickle of protocol 0, as Python 2 wrote it: every name of the annotations to its rate."""
    path = release.raw / "frame_rate_clean.p"
    text = path.read_text()
    assert text.startswith("(dp0\nS'")
    assert text.endswith("\ns.")
    rates = pickle.loads(path.read_bytes())
    assert load_pickle(path) == rates
    assert set(rates) >= {record["video"] for record in all_records(release)}
    for name, rate in rates.items():
        video = release.videos[name.rpartition(".")[0]]
        assert name in video["names"]
        mean = video["n_frames"] / video["seconds"]
        exact = float(Fraction(video["rate"])) if video["rate"] else mean
        assert rate == round(exact, 2)
        assert rate == pytest.approx(mean, rel=0.05)
    assert any(video["rate"] is None for video in release.videos.values())


def test_the_build_needs_no_rate_table(release):
    """Times come from the films themselves: no build reads the table."""
    files = DATASET.recipe(release.raw, {}).draft().raw_files
    assert "yfcc100m_hash.txt" in {file.path.name for file in files}
    assert "frame_rate_clean.p" not in {file.path.name for file in files}
