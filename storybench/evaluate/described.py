"""The network of a run by what is said of it, so that a repeat need not read it.

Importing torch and reading a network take longer than hashing 9,000 pictures. What identifies a
network is kept like other results (`storybench.memo`), under its name, the bytes of its weights
and the protocol's path; the network itself is then read only when features are asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from storybench import registry
from storybench.evaluate import network as networks
from storybench.evaluate.record import versions
from storybench.files import sha256_file
from storybench.home import weights_dir
from storybench.memo import Memo
from storybench.metrics.extractor import Extractor
from storybench.protocols.protocol import Protocol


class Described:
    """The protocol's extractor, or the registered one of that name, behind the protocol's path.

    Without `remember`, or where nothing is known of it, the network is read at once, so that
    weights that are missing or others are told before anything else is done.

    Raises:
        UnknownNameError, MissingError, VerificationError, InputError: as `network.load_behind`.
    """

    def __init__(
        self, rules: Protocol, name: str | None, weights: Path | None, *, remember: bool
    ) -> None:
        self._rules, self._name, self._weights = rules, name or rules.extractor, weights
        memo = Memo("networks")
        can = remember and registry.is_ours("extractors", self._name)
        key = memo.key(**self._inputs()) if can else ""
        known = memo.recall(key) if can else None
        self.facts: Mapping[str, Any] = known or facts(self.network)
        """What tells it from every other network, as JSON values."""
        if can and known is None:
            memo.keep(key, self.facts)

    @cached_property
    def network(self) -> Extractor:
        """The network, read when it is first asked for."""
        return networks.load_behind(self._rules, self._name, self._weights)

    def _inputs(self) -> dict[str, Any]:
        return {
            "extractor": self._name,
            "weights": named(self._weights),
            "found": found_weights(),
            "path": self._rules.pixels,
            "versions": versions(),
        }


def facts(network: Extractor) -> dict[str, Any]:
    """What tells a network from every other, as JSON values.

    Its device is not among them: the same weights give the same numbers on any, and a report says
    where its own were computed.
    """
    return {
        "key": network.key,
        "is_published": network.is_published,
        "names_path": network.names_path,
        **{name: value for name, value in network.describe().items() if name != "device"},
    }


def named(path: Path | None) -> list[str] | None:
    """A weights file that was given, by its name and bytes."""
    if path is None:
        return None
    return [path.name, sha256_file(path) if path.is_file() else "missing"]


def found_weights() -> list[list[Any]]:
    """Weights files that may be found, each by its name, size and time."""
    return [
        [path.name, path.stat().st_size, path.stat().st_mtime_ns]
        for path in sorted(weights_dir().glob("**/*"))
        if path.is_file()
    ]
