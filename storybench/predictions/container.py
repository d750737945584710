"""How a picture's pixels are stored, told from its bytes: its name may say otherwise.

A lossy container changes the pixels after the model drew them, so it stands in the record beside
the score, and goes on standing there when the pictures are converted to another one.
"""

from __future__ import annotations

from typing import Literal

Container = Literal["png", "webp", "jpeg", "lossy webp"]
LOSSY: frozenset[Container] = frozenset(("jpeg", "lossy webp"))


def container_of(data: bytes) -> Container:
    """The container of a picture that `storybench.images.decode` can read.

    >>> container_of(bytes.fromhex("ffd8ffe0"))
    'jpeg'
    """
    if data.startswith(b"\xff\xd8"):
        return "jpeg"
    if data.startswith(b"RIFF"):
        return "webp" if _is_lossless(data) else "lossy webp"
    return "png"


def _is_lossless(webp: bytes) -> bool:
    """Walk the RIFF chunks up to the one that holds the pixels."""
    offset = 12
    while offset + 8 <= len(webp):
        tag = webp[offset : offset + 4]
        if tag in (b"VP8L", b"VP8 "):
            return tag == b"VP8L"
        size = int.from_bytes(webp[offset + 4 : offset + 8], "little")
        offset += 8 + size + size % 2
    return False
