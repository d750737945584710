"""Every protocol by name."""

from __future__ import annotations

from storybench.errors import UnknownNameError
from storybench.protocols.arldm_2022 import ARLDM_2022, ARLDM_2022_VISUALIZATION
from storybench.protocols.cmota_2023 import CMOTA_2023
from storybench.protocols.duco_2021 import DUCO_2021
from storybench.protocols.make_a_story_2023 import MAKE_A_STORY_2023
from storybench.protocols.protocol import Protocol
from storybench.protocols.sb_v1 import SB_V1
from storybench.protocols.storydalle_2022 import STORYDALLE_2022
from storybench.protocols.storygptv_2024 import STORYGPTV_2024
from storybench.protocols.vlc_2021 import VLC_2021
from storybench.spelling import did_you_mean

PROTOCOLS = (
    SB_V1,
    STORYDALLE_2022,
    DUCO_2021,
    VLC_2021,
    ARLDM_2022,
    ARLDM_2022_VISUALIZATION,
    MAKE_A_STORY_2023,
    CMOTA_2023,
    STORYGPTV_2024,
)


def names() -> tuple[str, ...]:
    """The name of every protocol, the project's own first."""
    return tuple(protocol.name for protocol in PROTOCOLS)


def fitting(dataset: str) -> tuple[Protocol, ...]:
    """The protocols that are meant for a dataset, the project's own first.

    >>> [protocol.name for protocol in fitting("didemosv")]
    ['sb-v1', 'storydalle-2022']
    """
    return tuple(protocol for protocol in PROTOCOLS if protocol.fits(dataset))


def get(name: str) -> Protocol:
    """The protocol of that name.

    Raises:
        UnknownNameError: there is none; lists close matches.
    """
    for protocol in PROTOCOLS:
        if protocol.name == name:
            return protocol
    hint = did_you_mean(name, names()) or f" Known: {', '.join(names())}."
    raise UnknownNameError(f"Expected the name of a protocol, found {name!r}.{hint}")
