"""Draws the episodes of a release by any number of processes, and says how far it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from storybench.types import Progress
from storydata.kit.building.engines import Engine


class Episode(Protocol):
    """What is drawn in one go."""

    @property
    def n_clips(self) -> int:
        """How many clips it has."""
        ...


AnEpisode = TypeVar("AnEpisode", bound=Episode)


def draw_episodes(
    task: Callable[[AnEpisode], int],
    episodes: Sequence[AnEpisode],
    runner: Engine,
    on_progress: Progress | None,
) -> None:
    """Run the task on every episode, longest first: no worker is left alone with a long one.

    Args:
        task: writes what is not there of an episode and returns how many clips that has; pickles.
        episodes: in any order.
        runner: who does the work.
        on_progress: called with clips done and to do, at the start and after each episode.
    """
    report = on_progress or (lambda done, total, unit: None)
    total = sum(episode.n_clips for episode in episodes)
    done = 0
    report(done, total, "clips")
    for count in runner.run(task, sorted(episodes, key=lambda episode: -episode.n_clips)):
        done += count
        report(done, total, "clips")
