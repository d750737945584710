"""Every protocol by name."""

from __future__ import annotations

from difflib import get_close_matches

from storybench.errors import UnknownNameError
from storybench.protocols.protocol import Protocol
from storybench.protocols.sb_v1 import SB_V1

PROTOCOLS = (SB_V1,)


def names() -> tuple[str, ...]:
    """The name of every protocol, the project's own first."""
    return tuple(protocol.name for protocol in PROTOCOLS)


def get(name: str) -> Protocol:
    """The protocol of that name.

    Raises:
        UnknownNameError: there is none; lists close matches.
    """
    for protocol in PROTOCOLS:
        if protocol.name == name:
            return protocol
    close = get_close_matches(name, names(), n=3)
    hint = f"Did you mean {' or '.join(close)}?" if close else f"Known: {', '.join(names())}."
    raise UnknownNameError(f"Expected the name of a protocol, found {name!r}. {hint}")
