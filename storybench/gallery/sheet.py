"""Contact sheets of a build: stories as rows of pictures with captions, one PNG.

Below each story what models drew of it, as papers show it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from storybench.errors import InputError
from storybench.files import write_atomic
from storybench.gallery.choosing import Wanted, choose
from storybench.images import encode_png
from storybench.predictions.reader import Predictions
from storybench.shards.reader import Stories
from storybench.sheet import Strip, contact_sheet
from storybench.types import Progress, Story

STORIES = 12
MAX_ROWS = 100


def write_sheet(
    directory: Path,
    out: Path,
    *,
    wanted: Wanted | None = None,
    n_stories: int = STORIES,
    beside: Mapping[str, Predictions] = MappingProxyType({}),
    on_progress: Progress | None = None,
) -> int:
    """Write the contact sheet of a build to `out`; returns how many stories are on it.

    Args:
        directory: the build.
        out: a PNG.
        wanted: which stories; any if None.
        n_stories: at most so many.
        beside: sets of pictures by the name that is written over each.
        on_progress: called after each story.

    Raises:
        MissingError: no finished build there.
        InputError: no story matches, or more rows than a picture should have.
        PredictionError: a story of the sheet is not in a set, or its pictures cannot be read.
        VerificationError: a shard is not the one that was built.
    """
    stories = Stories(directory)
    choice = choose(stories, wanted or Wanted(), n=n_stories)
    most = MAX_ROWS // (1 + len(beside))
    if not 0 < len(choice.indices) <= most:
        raise InputError(
            f"Expected 1 to {most} stories on a contact sheet, found {len(choice.indices):,}."
        )
    strips: list[Strip] = []
    for done, index in enumerate(choice.indices, start=1):
        story = stories[index]
        strips.append(_strip(story))
        strips += [drawn_strip(name, story, drawn) for name, drawn in beside.items()]
        if on_progress is not None:
            on_progress(done, len(choice.indices), "stories")
    write_atomic(out, encode_png(contact_sheet(strips)))
    return len(choice.indices)


def _strip(story: Story) -> Strip:
    return Strip(
        title=f"{story.split} {story.position} · {story.id} · {story.cluster}",
        images=tuple(frame.image for frame in story.frames),
        captions=story.captions,
    )


def drawn_strip(name: str, story: Story, predictions: Predictions) -> Strip:
    """A row of the source, since it was given, and of what was drawn of its story."""
    images = (story.source.image, *predictions.load(story.id).frames)
    return Strip(name, images, ("",) * len(images))
