"""Character labels: the names that a column gives, or those that the captions mention.

Multi-hot in the order of `characters` in the recipe. The word-boundary rule of
`storybench.mentions` looks at every alternative of a caption.
"""

from __future__ import annotations

from collections.abc import Sequence

from storybench.errors import RawDataError
from storybench.mentions import mentions
from storydata.own.described import Episode, Shot
from storydata.own.document import close


def labels(shot: Shot, characters: Sequence[str]) -> tuple[int, ...] | None:
    """The labels of one shot, None where the recipe names no characters.

    >>> labels(Shot("p1.png", None, ("Mina runs.",)), ["Tom", "Mina"])
    (0, 1)

    Raises:
        RawDataError: a column gives a name that the recipe does not know; says where.
    """
    if not characters:
        return None
    if shot.characters is None:
        return mentions(shot.captions, characters)
    folded = [name.casefold() for name in characters]
    for name in shot.characters:
        if name.casefold() not in folded:
            raise RawDataError(
                f"Expected characters among {', '.join(characters)}, as [dataset] says, found "
                f"{name!r} in {shot.place}.{close(name, characters)}"
            )
    shown = {name.casefold() for name in shot.characters}
    return tuple(int(name in shown) for name in folded)


def label_source(episode: Episode, characters: Sequence[str]) -> str | None:
    """Where the labels of an episode come from: "column", "captions", or nowhere."""
    if not characters or not episode.shots:
        return None
    return "captions" if episode.shots[0].characters is None else "column"
