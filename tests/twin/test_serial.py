"""Long episodes of short clips, and captions that name everyone."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from storydata.twin.world.cast import FLINTSTONES_CAST, PORORO_CAST, Cast
from storydata.twin.world.narration import VIEWS, WATCHERS, WEATHER, Manner
from storydata.twin.world.props import PROPS
from storydata.twin.world.serial import COMPANY, CROWDS, Take, serial
from storydata.twin.world.settings import SETTINGS
from tests.twin.keywords import KEYWORDS

MANNER = Manner(pronoun=0.2, species=0.1, full=0.1, others=0.9, weather=0.5)


def invented(seed: int, cast: Cast = PORORO_CAST, n_lines: int = 2) -> tuple[Take, ...]:
    rng = np.random.default_rng(seed)
    return serial(cast, rng, number=seed, seconds=1.0, n_lines=[n_lines] * 20, manner=MANNER)


def test_serials_are_functions_of_the_generator():
    """The same generator state gives the same takes, another gives others."""
    assert invented(4) == invented(4)
    assert invented(4) != invented(5)


@pytest.mark.parametrize("cast", [PORORO_CAST, FLINTSTONES_CAST], ids=lambda cast: cast.name)
def test_friends_come_and_go(cast: Cast):
    """An episode has three to five friends, up to three of them at once, and views of no one."""
    crowds: Counter[int] = Counter()
    for seed in range(30):
        takes = invented(seed, cast)
        company = {name for take in takes for name in take.scene.visible}
        assert 1 <= len(company) <= max(COMPANY)
        crowds.update(len(take.scene.visible) for take in takes)
        assert all((take.event is None) == (not take.scene.visible) for take in takes)
    assert set(crowds) == {0, *CROWDS}
    assert crowds[0] < 0.15 * crowds.total()
    everyone = {n for seed in range(30) for t in invented(seed, cast) for n in t.scene.visible}
    assert everyone == set(cast.names)


@pytest.mark.parametrize("cast", [PORORO_CAST, FLINTSTONES_CAST], ids=lambda cast: cast.name)
def test_everyone_leads_an_episode_in_turn(cast: Cast):
    """The last of the cast leads the first episode, and so on; each is seen in its own."""
    for number, lead in enumerate(reversed(cast.names)):
        takes = invented(number, cast)
        first = next(take for take in takes if take.event is not None)
        assert lead in first.scene.visible


def test_the_first_episode_opens_with_a_view():
    """So a release of any size has a clip with no one in it."""
    for seed in range(10):
        rng = np.random.default_rng(seed)
        takes = serial(PORORO_CAST, rng, number=0, seconds=1.0, n_lines=[4, 1], manner=MANNER)
        assert takes[0].event is None
        assert takes[0].scene.visible == ()


def test_neighbouring_clips_go_on():
    """Most clips share the place and someone with the clip before."""
    pairs = [pair for seed in range(20) for pair in pairwise(invented(seed))]
    same_place = sum(a.scene.setting == b.scene.setting for a, b in pairs)
    shared = sum(bool(set(a.scene.visible) & set(b.scene.visible)) for a, b in pairs)
    assert 0.6 < same_place / len(pairs) < 0.95
    assert shared > 0.7 * len(pairs)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_takes_have_the_captions_asked_for(count: int):
    """As many different captions as asked for, of views too."""
    for seed in range(15):
        for take in invented(seed, n_lines=count):
            assert len({line.text for line in take.lines}) == count


@pytest.mark.parametrize("cast", [PORORO_CAST, FLINTSTONES_CAST], ids=lambda cast: cast.name)
def test_captions_tell_what_is_there(cast: Cast):
    """Subject, action, partner, thing, bystanders and place of every caption are in the scene."""
    references: Counter[str] = Counter()
    for seed in range(25):
        for take in invented(seed, cast):
            for line in take.lines:
                assert line.text[0].isupper()
                assert line.text.endswith(".")
                assert line.place.startswith((*SETTINGS[take.scene.setting].phrases, ""))
                assert line.place in line.text
                if take.event is None:
                    assert (line.subject, line.action, line.partner) == (None, None, None)
                    continue
                references[str(line.reference)] += 1
                assert line.subject == take.event.subject
                assert any(stem in line.text.lower() for stem in KEYWORDS[take.event.action])
                people = {line.subject, line.partner, *line.others} - {None}
                assert people <= set(take.scene.visible)
                assert all(name in line.text for name in line.others)
                if line.reference == "name":
                    assert line.text.startswith(str(line.subject))
                if line.thing is not None:
                    assert PROPS[line.thing].phrase in line.text
    assert references["name"] > 0.5 * references.total()
    assert set(references) == {"name", "species", "full", "pronoun"}


def test_pronouns_only_where_they_can_be_understood():
    """`He`, `she` or `it` is whoever the clip before was about."""
    for seed in range(30):
        takes = invented(seed)
        for before, take in zip((None, *takes), takes, strict=False):
            for line in take.lines:
                if line.reference == "pronoun":
                    assert before is not None
                    assert before.event is not None
                    assert before.event.subject == line.subject


def test_every_light_and_crowd_has_words():
    """What can be drawn can be told."""
    assert set(WEATHER) == {light for one in SETTINGS.values() for light in one.lights}
    assert set(WATCHERS) == set(range(1, max(CROWDS)))
    assert all("{thing}" in view or "{where}" in view for view in VIEWS)
