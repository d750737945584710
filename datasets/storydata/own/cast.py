"""Character labels: the names that a column gives, or those that the captions mention.

Multi-hot in the order of `characters` in the recipe. The word-boundary rule of
`storybench.mentions` looks at every alternative of a caption.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from storybench.errors import RawDataError
from storybench.mentions import mentions
from storybench.spelling import did_you_mean
from storydata.own.described import Episode, Shot

SHOWN = 12
"""How many of the names that nobody knows are listed."""


def check_names(episodes: Iterable[Episode], characters: Sequence[str]) -> None:
    """Refuse names of a column that the recipe does not know, all of them at once.

    Raises:
        RawDataError: there are some; says where the first is.
    """
    known = {name.casefold() for name in characters}
    odd: dict[str, str] = {}
    for episode in episodes:
        for shot in episode.shots:
            for name in shot.characters or ():
                if name.casefold() not in known:
                    odd.setdefault(name, shot.place)
    if odd and characters:
        first, *others = odd
        more = f", and elsewhere {', '.join(others[:SHOWN])}" if others else ""
        raise RawDataError(
            f"Expected characters among {', '.join(characters)}, as [dataset] says, found "
            f"{first!r} in {odd[first]}{more}.{did_you_mean(first, characters)}"
        )


def labels(shot: Shot, characters: Sequence[str]) -> tuple[int, ...] | None:
    """The labels of one shot, None where the recipe names no characters.

    >>> labels(Shot("p1.png", None, ("Mina runs.",)), ["Tom", "Mina"])
    (0, 1)
    """
    if not characters:
        return None
    if shot.characters is None:
        return mentions(shot.captions, characters)
    shown = {name.casefold() for name in shot.characters}
    return tuple(int(name.casefold() in shown) for name in characters)


def label_source(episode: Episode, characters: Sequence[str]) -> str | None:
    """Where the labels of an episode come from: "column", "captions", or nowhere."""
    if not characters or not episode.shots:
        return None
    return "captions" if episode.shots[0].characters is None else "column"
