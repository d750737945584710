"""An audit as one page that opens from disk: findings, tables with bars, and pairs of pictures.

The page is a function of the audit and the shards alone; its pictures are small copies, and as many
as there are examples.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from storybench.audit.percent import Share
from storybench.audit.record import Audit
from storybench.audit.sharing import Pair, Place
from storybench.audit.tables import Section, sections
from storybench.files import write_atomic
from storybench.page.document import PICTURES_INSIDE, render
from storybench.page.thumbnail import Thumbnail, thumbnail
from storybench.shards.reader import Stories

ROOM = "storybench.audit"
SIDE = 224
QUALITY = 72
LEVELS = ("problem", "note", "good")


@dataclass(frozen=True)
class _Shown:
    """A slot with its picture and, where it differs, what its caption says."""

    place: Place
    picture: Thumbnail


def write_page(audit: Audit, directory: Path, out: Path) -> Path:
    """Write the page of an audit to `out`, whole or not at all; `directory` are its shards.

    Raises:
        InputError: an example is not in these shards.
    """
    write_atomic(out, render_page(audit, Stories(directory)).encode())
    return out


def render_page(audit: Audit, stories: Stories) -> str:
    """The page; its examples are read from the stories that were audited."""

    @lru_cache
    def shown(place: Place) -> _Shown:
        image = stories.image(stories.find(place.story), place.k)
        return _Shown(place, thumbnail(image, side=SIDE, quality=QUALITY))

    return render(
        ROOM,
        "audit.html",
        style="audit.css",
        pictures=PICTURES_INSIDE,
        audit=audit,
        counts={level: sum(one.level == level for one in audit.findings) for level in LEVELS},
        findings=sorted(audit.findings, key=lambda one: LEVELS.index(one.level)),
        sections=sections(audit),
        shown=shown,
        relation=relation,
        is_share=_is_share,
        is_number=_is_number,
        anchor=anchor,
        n_stories=sum(one.n_stories for one in audit.windows),
    )


def relation(pair: Pair) -> str:
    """How two slots belong together, in a few words."""
    first, second = pair.first, pair.second
    where = "same episode" if first.cluster == second.cluster else "other episode"
    if pair.is_equal:
        return f"{where}, the same pixels"
    return f"{where}, {pair.bits} of 64 bits apart"


def anchor(section: Section) -> str:
    """The name of a section in an address.

    >>> anchor(Section("In two splits", "", ()))
    'in-two-splits'
    """
    return section.title.lower().replace(" ", "-")


def _is_share(value: object) -> bool:
    return isinstance(value, Share)


def _is_number(value: object) -> bool:
    return isinstance(value, int)
