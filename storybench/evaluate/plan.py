"""Which stories and frames of a split a protocol scores, in which order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storybench.metrics.evidence import Slots
from storybench.protocols.protocol import Cut, Protocol
from storybench.shards.reader import Stories
from storybench.stats import jackknife
from storybench.types import Origin


@dataclass(frozen=True, eq=False)
class Plan:
    """The scored stories by their index in the split, and the slots (index in the split, k).

    `left_out` says what the rules left out and why, for the record; JSON values.
    """

    stories: Stories
    rules: Protocol
    chosen: tuple[int, ...]
    slots: tuple[tuple[int, int], ...]
    left_out: dict[str, Any] = field(default_factory=dict)

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the scored stories, in order."""
        return tuple(self.stories.ids[index] for index in self.chosen)

    @cached_property
    def origins(self) -> dict[int, tuple[Origin, ...]]:
        """Where the frames of each scored story came from; read when first asked for."""
        return {index: self.stories.origins(index) for index in self.chosen}

    def described(self) -> Slots:
        """The slots with cluster, caption and labels of each."""
        stories, place = self.stories, {index: at for at, index in enumerate(self.chosen)}
        captions = {index: stories.captions(index) for index in self.chosen}
        return Slots(
            stories=self.ids,
            clusters=tuple(stories.clusters[index] for index in self.chosen),
            story=np.array([place[index] for index, _ in self.slots], np.intp),
            k=np.array([k for _, k in self.slots], np.intp),
            groups=jackknife.deal([stories.clusters[index] for index, _ in self.slots]),
            captions=tuple(captions[index][k] for index, k in self.slots),
            characters=stories.spec.characters,
            labels=_labels(stories, self.slots),
        )


def plan(stories: Stories, rules: Protocol) -> Plan:
    """The stories and slots of a split under a protocol; never empty if the split is not."""
    left_out: dict[str, Any] = {}
    chosen = tuple(range(len(stories)))
    cut = rules.cut(stories.spec.name, stories.split or "")
    if cut is not None:
        chosen = _cut(stories, cut)
        left_out["cut"] = {"first": cut.first, "order": cut.order, "n": len(stories) - len(chosen)}
    if rules.blocks:
        n = len(chosen)
        chosen = _without_shared_targets(stories, chosen)
        left_out["blocks"] = {"n": n - len(chosen)}
    numbers = rules.numbers(stories.spec.n_targets)
    slots = [(index, k) for index in chosen for k in numbers]
    if rules.batch is not None:
        size = rules.batch.size * (len(numbers) if rules.batch.of == "stories" else 1)
        kept = len(slots) // size * size or len(slots)
        left_out["batch"] = {"size": rules.batch.size, "frames": len(slots) - kept}
        slots = slots[:kept]
    scored = dict.fromkeys(index for index, _ in slots)
    return Plan(stories, rules, tuple(scored), tuple(slots), left_out)


def _cut(stories: Stories, cut: Cut) -> tuple[int, ...]:
    """The first stories in an order of the release; in the official one where it is not known."""
    places = _places(stories, cut.order)
    return tuple(sorted(sorted(range(len(places)), key=places.__getitem__)[: cut.first]))


def _places(stories: Stories, order: str) -> list[int]:
    table = stories.table()
    positions = [int(place) for place in table["position"]]
    orders = [dict(pairs) for pairs in table["orders"]]
    if not all(order in of for of in orders):
        return positions
    return [int(of[order]) for of in orders]


def _without_shared_targets(stories: Stories, chosen: Iterable[int]) -> tuple[int, ...]:
    """Stories none of whose target clips is a target of one kept before."""
    seen: set[str] = set()
    kept: list[int] = []
    for index in chosen:
        clips = {origin.clip for origin in stories.origins(index)[1:]}
        if not clips & seen:
            kept.append(index)
            seen |= clips
    return tuple(kept)


def _labels(stories: Stories, slots: Sequence[tuple[int, int]]) -> NDArray[np.bool_] | None:
    """Multi-hot labels (n, c) of the slots; None where the dataset has no characters."""
    if not stories.spec.characters:
        return None
    rows = stories.table()["characters"].tolist()
    labels = [rows[index][k] for index, k in slots]
    return None if any(each is None for each in labels) else np.array(labels, bool)
