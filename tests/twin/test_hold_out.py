"""Releases that hold one character out: it is in no frame of train and val, in many of test."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from storybench import registry
from storybench.errors import InputError
from storybench.files import read_json
from storybench.mentions import mentions
from storybench.shards.clips import Clips
from storybench.shards.reader import Stories
from storydata.twin import flintstones, pororo
from storydata.twin.flintstones import clips as flintstones_clips
from storydata.twin.flintstones import files as flintstones_files
from storydata.twin.flintstones import plan as flintstones_plan
from storydata.twin.moving import tiny
from storydata.twin.pororo import clips as pororo_clips
from storydata.twin.pororo import files as pororo_files
from storydata.twin.pororo import listing as pororo_listing
from storydata.twin.pororo import plan as pororo_plan
from storydata.twin.world.captions import names_of
from storydata.twin.world.cast import FLINTSTONES_CAST, PORORO_CAST, Cast
from tests.cli.running import storybench

HELD_OUT = {"pororosv": "Zuzu", "flintstonessv": "Mr Tusk"}
CASTS = {"pororosv": PORORO_CAST, "flintstonessv": FLINTSTONES_CAST}
WRITERS: dict[str, Callable[..., Mapping[str, int]]] = {
    "pororosv": pororo.write_release,
    "flintstonessv": flintstones.write_release,
}
SIZES = pytest.mark.parametrize(("stories", "seed"), [(1, 2), (6, 0), (60, 1), (400, 2)])


@dataclass(frozen=True)
class Held:
    """A release without one character in train and val, and what was built of it."""

    name: str
    cast: Cast
    raw: Path
    shards: Path


@pytest.fixture(scope="module", params=HELD_OUT)
def held(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Held:
    """Twelve stories of each dataset that can; treat as read-only."""
    dataset, folder = request.param, tmp_path_factory.mktemp("held")
    made = Held(HELD_OUT[dataset], CASTS[dataset], folder / "raw", folder / "shards")
    WRITERS[dataset](made.raw, stories=12, seed=4, held_out=made.name.upper(), workers=2)
    registry.load("datasets", dataset).build(made.raw, made.shards, options={})
    return made


def frames_with(stories: Stories, name: str) -> list[bool]:
    """Of every frame of every story, whether a character is labelled."""
    at = stories.spec.characters.index(name)
    return [bool(labels[at]) for row in stories.table()["characters"] for labels in row]


def told(stories: Stories) -> Iterator[str]:
    """Every caption of every frame, not only the default ones."""
    for row in stories.table()["captions"]:
        for captions in row:
            yield from map(str, captions)


def test_train_and_val_have_no_frame_of_it_and_test_has(held: Held) -> None:
    """By the labels of the build; the others of the cast are in train."""
    n = {split: frames_with(Stories(held.shards, split), held.name) for split in ("train", "val")}
    assert all(found and not any(found) for found in n.values())
    in_test = frames_with(Stories(held.shards, "test"), held.name)
    assert 0.2 < sum(in_test) / len(in_test) < 1
    rest = [name for name in held.cast.names if name != held.name]
    seen = [name for name in rest if any(frames_with(Stories(held.shards, "train"), name))]
    assert len(seen) >= 4


def test_no_caption_of_train_and_val_speaks_of_it(held: Held) -> None:
    """Neither by name nor by kind, in any of the captions; those of test do."""
    names = names_of(held.cast[held.name])
    for split in ("train", "val"):
        assert not any(mentions(told(Stories(held.shards, split)), names))
    assert any(mentions(told(Stories(held.shards, "test")), [held.name]))


def test_labels_are_what_is_drawn(held: Held) -> None:
    """`twin.json`, which knows the scenes, agrees with the labels, and says who was held out."""
    facts = read_json(held.raw / "twin.json")
    assert facts["held_out"] == held.name
    assert [one["name"] for one in facts["cast"]] == list(held.cast.names), "it stays in the cast"
    stories = Stories(held.shards)
    at = stories.spec.characters.index(held.name)
    for index, labels in enumerate(stories.table()["characters"]):
        for origin, row in zip(stories.origins(index), labels, strict=True):
            assert (held.name in facts["clips"][origin.clip]["visible"]) == bool(row[at])


def test_who_learns_a_classifier_of_it_never_sees_it(held: Held) -> None:
    """Clips of episodes outside test show it nowhere, though a clip may be of no story."""
    facts = read_json(held.raw / "twin.json")["clips"]
    shown = [clip for clip in Clips(held.shards).ids if held.name in facts[clip]["visible"]]
    assert shown
    test = Stories(held.shards, "test")
    in_test = {origin.clip for index in range(len(test)) for origin in test.origins(index)}
    assert set(shown) <= in_test


def pororo_parts(stories: int, seed: int, name: str | None) -> tuple[Any, Any]:
    """Clips by id and the listing of a release, undrawn."""
    episodes = pororo_plan.plan_episodes(stories, seed)
    if name is not None:
        episodes = pororo_listing.hold_out(episodes, seed, name)
    clips = {c.plan.id: c for episode in episodes for c in pororo_clips.clips_of(episode)}
    hidden = [
        c.plan for c in clips.values() if name in c.take.scene.visible and c.plan.episode.lead
    ]
    return clips, pororo_listing.list_release(episodes, seed, hidden=hidden)


@SIZES
@pytest.mark.parametrize("name", PORORO_CAST.names)
def test_anyone_can_be_held_out_of_pororo(stories: int, seed: int, name: str) -> None:
    """Of any size: nowhere but in unseen episodes, and in no story of seen; as many stories."""
    clips, listing = pororo_parts(stories, seed, name)
    usual_clips, usual = pororo_parts(stories, seed, None)

    def n_with(split: str) -> int:
        shown = [clip for story in listing.splits[split] for clip in listing.clips_of(story)]
        return sum(name in clips[clip.id].take.scene.visible for clip in shown)

    assert n_with("train") == n_with("seen") == 0 < n_with("unseen")
    assert list(clips) == list(usual_clips)
    assert len(listing.starts) == len(usual.starts)
    assert len(listing.splits["seen"]) == len(usual.splits["seen"])
    assert len(listing.splits["train"]) >= 0.7 * len(usual.splits["train"])
    assert len(listing.splits["unseen"]) >= len(usual.splits["unseen"])


@SIZES
@pytest.mark.parametrize("name", FLINTSTONES_CAST.names)
def test_anyone_can_be_held_out_of_flintstones(stories: int, seed: int, name: str) -> None:
    """Of any size: every clip with it is of test; ids and splits stay what they were."""
    usual = flintstones_plan.plan_episodes(stories, seed)
    episodes = flintstones_plan.hold_out(usual, name)
    splits = {
        clip.plan.episode.split
        for episode in episodes
        for clip in flintstones_clips.clips_of(episode)
        if name in clip.visible
    }
    assert splits == {"test"}
    assert [(c.id, e.split) for e in episodes for c in e.clips] == [
        (c.id, e.split) for e in usual for c in e.clips
    ]


def test_larger_releases_keep_a_val_that_shares_episodes_with_test() -> None:
    """Seen stories of unseen episodes, as in the real split, remain where it is not in them."""
    _, listing = pororo_parts(400, 1, "Zuzu")
    unseen = {listing.starts[story].episode for story in listing.splits["unseen"]}
    assert any(listing.starts[story].episode in unseen for story in listing.splits["seen"])


def test_without_the_option_nothing_changes() -> None:
    """Captions and lists of a release are, byte for byte, those from before there was one."""
    episodes = pororo_plan.plan_episodes(30, 3)
    listing = pororo_listing.list_release(episodes, 3)
    clips = {c.plan.id: c for episode in episodes for c in pororo_clips.clips_of(episode)}
    texts = pororo_files.texts(episodes, listing, [clips[image.id] for image in listing.images])
    others = flintstones_files.texts(
        [c for e in flintstones_plan.plan_episodes(30, 3) for c in flintstones_clips.clips_of(e)], 3
    )
    digests = {path: hashlib.sha256(data).hexdigest() for path, data in (texts | others).items()}
    assert {path: digests[path][:16] for path in PINNED} == PINNED


PINNED = {
    "pororo_png/descriptions.csv": "5dbc24e572583bf7",
    "pororo_png/train_seen_unseen_ids.npy": "875f37cb8b2242b8",
    "flintstones/flintstones_annotations_v1-0.json": "c150bca4c391724f",
}
"""From the commit before characters could be held out; of numpy's generators and nothing else."""


@pytest.mark.parametrize("dataset", WRITERS)
def test_an_unknown_name_is_told_the_cast(dataset: str, tmp_path: Path) -> None:
    """One sentence, before anything is written."""
    names = ", ".join(CASTS[dataset].names)
    with pytest.raises(
        InputError, match=f"Expected one of the cast {names} to hold out, found 'X'"
    ):
        WRITERS[dataset](tmp_path / "raw", held_out="X")
    assert not (tmp_path / "raw").exists()


def test_another_one_held_out_is_another_twin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It replaces the release that was there, whose `twin.json` had no such key."""
    monkeypatch.setattr("storydata.twin.flintstones.release.drawn", tiny)
    for name in (None, "Moss", "Gus", "Gus", None):
        flintstones.write_release(tmp_path / "raw", stories=6, held_out=name)
        facts = read_json(tmp_path / "raw" / "twin.json")
        assert facts.get("held_out", "nobody") == (name or "nobody")
        shown = {clip["split"] for clip in facts["clips"].values() if name in clip["visible"]}
        assert shown == (set() if name is None else {"test"})


def test_the_command_holds_out_where_there_are_labels(tmp_path: Path) -> None:
    """It says what it did; a release without labels is refused in one sentence."""
    done = storybench("twin", "didemo", tmp_path / "raw", "--hold-out", "Pim")
    assert done.returncode == 2
    assert "labelled with characters to hold one out" in done.stderr
    assert not (tmp_path / "raw").exists()
    args = ("--stories", "1", "--hold-out", "moss", "--workers", "1")
    done = storybench("twin", "flintstones", tmp_path / "raw", *args)
    assert done.returncode == 0, done.stderr
    assert "moss is in no frame of train and val" in done.stderr
    assert read_json(tmp_path / "raw" / "twin.json")["held_out"] == "Moss"
