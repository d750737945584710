"""Serials: long episodes of short clips, as a cartoon's are, in which friends come and go.

Built from the same choices as a `script`; here a company of friends shares an episode, a clip shows
one, two or three of them, and now and then it shows a place and no one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from storydata.twin.world.captions import Event
from storydata.twin.world.cast import Cast
from storydata.twin.world.narration import Line, Manner, describe_view, different, narrate
from storydata.twin.world.scene import Scene, Thing
from storydata.twin.world.script import Place, choose_event, choose_place, compose

ASPECT = 1.0
COMPANY = (3, 4, 5)
"""How many friends share an episode."""

CROWDS = (1, 2, 2, 2, 3)
"""How many of them a clip shows."""

MOVE = 0.2
VIEW = 0.25
"""Chance that an episode, or a stay at another place, opens with a view of the place."""

REGROUP = 0.55
CHANGE_SUBJECT = 0.45


@dataclass(frozen=True)
class Take:
    """One clip: what is drawn, what happens (None in a view of a place), how it is told."""

    scene: Scene
    event: Event | None
    lines: tuple[Line, ...]


def serial(
    cast: Cast,
    rng: np.random.Generator,
    *,
    number: int,
    seconds: float,
    n_lines: Sequence[int],
    manner: Manner,
    lead: str | None = None,
) -> tuple[Take, ...]:
    """Invent an episode of square clips.

    Args:
        cast: who may appear; three to five of them do.
        rng: where every choice comes from.
        number: the place of the episode among all, from 0: everyone leads one in turn, the last of
            the cast the first, which surely opens with a view.
        seconds: length of each clip.
        n_lines: how many captions each clip gets; its length is the episode's, in clips.
        manner: how the captions tell.
        lead: who leads, whosever turn it is.
    """
    crew = _Crew(cast, lead or cast.names[-1 - number % len(cast.names)], rng)
    takes: list[Take] = []
    before: str | None = None
    for count in n_lines:
        is_new = not takes or rng.random() < MOVE
        if is_new:
            crew.move()
        if is_new and (rng.random() < VIEW or not (number or takes)):
            scene = crew.view(seconds)
            tell_one = partial(describe_view, scene, manner=manner, rng=rng)
            takes.append(Take(scene, None, different(tell_one, count)))
            before = None
            continue
        event, scene = crew.act(seconds)
        tell_one = partial(narrate, cast, event, scene, is_known=before == event.subject,
                           manner=manner, rng=rng)  # fmt: skip
        takes.append(Take(scene, event, different(tell_one, count)))
        before = event.subject
    return tuple(takes)


class _Crew:
    """Who is where in an episode, as it goes on."""

    def __init__(self, cast: Cast, lead: str, rng: np.random.Generator) -> None:
        size = COMPANY[rng.integers(len(COMPANY))]
        others = [name for name in cast.names if name != lead]
        self.cast = cast
        self.rng = rng
        self.company = [lead, *(others[int(k)] for k in rng.permutation(len(others))[: size - 1])]
        self.subject = lead
        self.present = [self.subject]
        self.place: Place | None = None
        self.used: list[str] = []

    def move(self) -> None:
        """Go somewhere else, in other company."""
        self.place = choose_place(self.rng, after=self.place)
        self._regroup()

    def view(self, seconds: float) -> Scene:
        """The place, with no one in it."""
        place = self._at()
        side = 1 if self.rng.random() < 0.5 else -1
        lift = 0.42 if place.dressing == "kite" else 0.0
        thing = Thing(place.dressing, round(0.12 * side, 3), 0.5, lift)
        return Scene(
            place.setting, place.light, place.variant, 1.0, seconds, (), (thing,),
            (-0.06 * side, 0.06 * side),
        )  # fmt: skip

    def act(self, seconds: float) -> tuple[Event, Scene]:
        """Someone does something, first the lead; the others of the group are there."""
        if self.used and self.rng.random() < CHANGE_SUBJECT:
            self.subject = self.present[self.rng.integers(len(self.present))]
        if self.used and self.rng.random() < REGROUP:
            self._regroup()
        event = choose_event(self.subject, self.present, self._at(), self.used, self.rng)
        self.used.append(event.action)
        scene = compose(self.cast, event, self.present, self._at(), seconds, ASPECT, self.rng)
        return event, scene

    def _regroup(self) -> None:
        """The subject stays, and others of the company come or go."""
        count = CROWDS[self.rng.integers(len(CROWDS))]
        rest = [name for name in self.company if name != self.subject]
        self.present = [self.subject, *(rest[int(k)] for k in self.rng.permutation(len(rest)))]
        del self.present[count:]

    def _at(self) -> Place:
        if self.place is None:
            raise ValueError("Expected a crew that has moved to a place, found it nowhere.")
        return self.place
