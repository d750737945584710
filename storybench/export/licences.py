"""Which licences forbid to hand a frame on as part of something new.

A shard, an archive or a table of resized, cropped and captioned frames is a derivative of the video
they were cut from. Of DiDeMo's 10,464 videos 2,985 are under licences that allow none
(LisaAnne/LocalizingMoments@b6a555c:data/video_licenses.txt).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from storybench.shards.overview import NOT_STATED


def allows_no_derivatives(licence: str | None) -> bool:
    """Whether a licence, by its name or address, is one of those.

    >>> allows_no_derivatives("http://creativecommons.org/licenses/by-nc-nd/2.0/")
    True
    >>> allows_no_derivatives("CC BY-NC-SA 4.0"), allows_no_derivatives(None)
    (False, False)
    """
    words = re.findall(r"[a-z]+", (licence or "").lower())
    return ("nd" in words and bool({"by", "cc"} & set(words))) or "noderiv" in "".join(words)


def tally(licences: Iterable[str | None]) -> dict[str, int]:
    """Frames by licence, the most frequent first.

    >>> tally(["CC0", None, "CC0"])
    {'CC0': 2, 'not stated': 1}
    """
    return dict(Counter(licence or NOT_STATED for licence in licences).most_common())
