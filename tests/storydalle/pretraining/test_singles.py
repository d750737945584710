"""Are single frames each read once, with their captions, and divided by episode?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from storybench import registry
from storybench.errors import InputError
from storybench.loader import Transform, draw_of
from storybench.shards.clips import Clips
from storybench.shards.reader import Stories
from storymodels.storydalle.pretraining.singles import PER_CLIP, Singles, read
from tests.conftest import Toy
from tests.factories import make_shards

SIDE = 16


def singles_of(clusters: list[str]) -> Singles:
    """Two frames of each scene, one scene a cluster; a frame's pixels are its scene's number."""
    scenes = torch.arange(len(clusters)).repeat_interleave(2)
    pictures = scenes.to(torch.uint8)[:, None, None, None].expand(-1, 3, 4, 4)
    captions = tuple((f"Scene {k}.",) for k in range(len(clusters)))
    people = tuple(frozenset({"Ann"} if k % 3 else {"Bob"}) for k in range(len(clusters)))
    return Singles(pictures, scenes, captions, tuple(clusters), people)


def test_frames_of_stories_are_read_once(toy: Toy) -> None:
    """Where a build keeps no clips: every frame that stories show, however many share it."""
    shards = toy.shards
    stories = Stories(shards)
    origins = {(o.file, o.time) for k in range(len(stories)) for o in stories.origins(k)}
    singles = read([shards], side=SIDE)
    assert len(singles) == len(singles.captions) == len(origins)
    assert len(origins) < len(stories) * (stories.spec.n_targets + 1)
    first = stories[0]
    expected = Transform(SIDE, scale="bytes")([first.source.image], draw_of(0))[0]
    assert np.array_equal(singles.pictures[0].numpy(), expected)
    assert singles.captions[0] == first.source.captions
    assert singles.floats(torch.tensor([0])).abs().max() <= 1


def test_frames_of_clips_are_read_evenly(tmp_path: Path) -> None:
    """Where a build keeps its clips: a few frames of each, the first and the last among them."""
    registry.load("twins", "pororo")(tmp_path / "raw", stories=6, seed=4)
    registry.load("datasets", "pororosv").build(tmp_path / "raw", tmp_path / "shards", options={})
    clips, singles = Clips(tmp_path / "shards"), read([tmp_path / "shards"], side=SIDE)
    assert [int((singles.scenes == k).sum()) for k in range(len(clips))] == [
        min(PER_CLIP, count) for count in clips.counts
    ]
    assert singles.captions == tuple(clip.captions for clip in clips)
    names = Stories(tmp_path / "shards").spec.characters
    assert singles.characters == tuple(
        frozenset(names[k] for k in np.flatnonzero(clip.characters or ())) for clip in clips
    )
    zuzu = singles.without("Zuzu")
    assert 0 < len(zuzu) < len(singles)
    assert not any("Zuzu" in those for those in zuzu.characters)
    assert not any("Zuzu" in text for texts in zuzu.captions for text in texts)
    longest = max(range(len(clips)), key=clips.counts.__getitem__)
    transform, last = Transform(SIDE, scale="bytes"), clips[longest].frames[-1]
    found = singles.pictures[singles.scenes == longest][-1].numpy()
    assert np.array_equal(found, transform([last], draw_of(0))[0])


def test_episodes_are_divided_whole() -> None:
    """A scene stays with its frames and captions, a cluster with its scenes."""
    clusters = [f"episode {k // 3}" for k in range(60)]
    learned, held = singles_of(clusters).divided(0.3)
    assert len(learned) + len(held) == 120
    assert 0 < len(held) < 80
    assert not set(learned.clusters) & set(held.clusters)
    for part in (learned, held):
        numbers = part.pictures[:, 0, 0, 0].long().tolist()
        told = [part.captions[scene][0] for scene in part.scenes.tolist()]
        assert told == [f"Scene {number}." for number in numbers]
        assert [part.clusters[s] for s in part.scenes.tolist()] == [
            clusters[number] for number in numbers
        ]


def test_a_character_is_left_out_by_label_and_by_name() -> None:
    """A scene that is labelled with it, or that a caption tells it of, is not there."""
    singles = singles_of([f"episode {k}" for k in range(6)])
    left = replace(singles, captions=(*singles.captions[:5], ("There is bob.",))).without("Bob")
    assert left.clusters == ("episode 1", "episode 2", "episode 4")
    assert left.pictures[:, 0, 0, 0].tolist() == [1, 1, 2, 2, 4, 4]


def test_a_build_without_stories_is_refused(tmp_path: Path) -> None:
    """One sentence says what is missing."""
    empty = make_shards(tmp_path / "empty", stories={"train": 0})
    with pytest.raises(InputError, match="Expected frames to learn from, found none"):
        read([empty], side=SIDE)
