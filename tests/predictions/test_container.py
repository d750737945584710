"""The container of a picture is told from its bytes."""

from __future__ import annotations

import io
from typing import Any

import PIL.Image
import pytest

from storybench.predictions.container import container_of
from tests.factories import noise_frames


@pytest.mark.parametrize(
    ("suffix", "options", "expected"),
    [
        ("PNG", {}, "png"),
        ("JPEG", {}, "jpeg"),
        ("WEBP", {"lossless": True}, "webp"),
        ("WEBP", {"lossless": True, "exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"}, "webp"),
        ("WEBP", {"quality": 90}, "lossy webp"),
    ],
)
def test_containers_are_told_apart(suffix: str, options: dict[str, Any], expected: str) -> None:
    """PNG, JPEG, and lossless from lossy WebP, also where other chunks stand first."""
    buffer = io.BytesIO()
    PIL.Image.fromarray(noise_frames("p-0001")[0]).save(buffer, suffix, **options)
    assert container_of(buffer.getvalue()) == expected


def test_a_webp_that_breaks_off_counts_as_lossy() -> None:
    """Without pixel data nothing is promised."""
    assert container_of(b"RIFF\x10\0\0\0WEBPVP8X\x0a\0\0\0") == "lossy webp"
