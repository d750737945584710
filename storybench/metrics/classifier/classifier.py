"""A classifier that can score: logits of pictures, whose they are, where it came from."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from storybench.errors import InputError, UnknownNameError
from storybench.metrics.extractor import Extractor

CASTS: Mapping[int, tuple[str, ...]] = {
    9: ("Pororo", "Loopy", "Crong", "Eddy", "Poby", "Petty", "Tongtong", "Rody", "Harry"),
    7: ("Wilma", "Fred", "Betty", "Barney", "Dino", "Pebbles", "Mr Slate"),
}
"""Order of the labels that the published classifiers were trained on, by their number: PororoSV's
(adymaharana/StoryViz@6e1126d:eval_scripts/create_splits.py:38) and FlintstonesSV's
(adymaharana/storydalle@132dd19:story-dalle/flintstones_dataloader.py:11)."""


@dataclass(frozen=True)
class Classifier:
    """A network with its characters.

    `extractor` gives logits (n, c) as features. `characters` are in the order of the logits.
    `origin` is "storybench" or "official"; `record` what its file says of its training, as JSON.
    `fed` holds the extractor of a published one behind each pixel path that a paper fed it by.
    """

    extractor: Extractor
    characters: tuple[str, ...]
    origin: str
    record: Mapping[str, Any] = field(default_factory=dict)
    trained_on: frozenset[str] = frozenset()
    fed: Mapping[str, Extractor] = field(default_factory=dict, repr=False)

    @property
    def arch(self) -> str:
        """The name of its architecture, as metric ids have it."""
        return self.extractor.arch

    @property
    def sha256(self) -> str:
        """The hash of its file."""
        return self.extractor.weights_sha256

    def through(self, path: str | None) -> Classifier:
        """The same behind the pixel path of a protocol; None is how it was trained.

        The path of a paper is a fact about its own checkpoint. A classifier of ours always sees the
        pixels that it was fitted on.

        Raises:
            UnknownNameError: no published classifier was ever fed so.
        """
        if path is None or not self.fed:
            return self
        if path not in self.fed:
            raise UnknownNameError(
                f"Expected the pixel path {' or '.join(self.fed)} for a published classifier, "
                f"found {path!r}."
            )
        return dataclasses.replace(self, extractor=self.fed[path])

    def columns(self, characters: Sequence[str]) -> list[int]:
        """The logit of each character of a dataset; names are compared without case.

        Raises:
            InputError: it was trained on other characters.
        """
        own = [name.casefold() for name in self.characters]
        wanted = [name.casefold() for name in characters]
        if sorted(own) != sorted(wanted):
            raise InputError(
                f"Expected a classifier of {', '.join(characters)}, found one of "
                f"{', '.join(self.characters)}. Fit one on these shards with `storybench "
                "classifier fit`."
            )
        return [own.index(name) for name in wanted]

    def n_trained_on(self, clusters: Sequence[str]) -> int:
        """How many distinct clusters of these it was trained on; 0 where its file doesn't say."""
        return len(self.trained_on.intersection(clusters))

    def describe(self) -> dict[str, Any]:
        """The classifier in words, for the record of a score."""
        return {
            "arch": self.arch,
            "sha256": self.sha256,
            "origin": self.origin,
            "characters": list(self.characters),
            **self.record,
        }
