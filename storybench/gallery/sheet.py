"""Contact sheets of a build: stories as rows of pictures with captions, one PNG."""

from __future__ import annotations

from pathlib import Path

from storybench.errors import InputError
from storybench.files import write_atomic
from storybench.gallery.choosing import Wanted, choose
from storybench.images import encode_png
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
    on_progress: Progress | None = None,
) -> int:
    """Write the contact sheet of a build to `out`; returns how many stories are on it.

    Raises:
        MissingError: no finished build there.
        InputError: no story matches, or more rows than a picture should have.
        VerificationError: a shard is not the one that was built.
    """
    stories = Stories(directory)
    choice = choose(stories, wanted or Wanted(), n=n_stories)
    if not 0 < len(choice.indices) <= MAX_ROWS:
        raise InputError(
            f"Expected 1 to {MAX_ROWS} stories on a contact sheet, found {len(choice.indices):,}."
        )
    strips = []
    for done, index in enumerate(choice.indices, start=1):
        strips.append(_strip(stories[index]))
        if on_progress is not None:
            on_progress(done, len(choice.indices), "stories")
    write_atomic(out, encode_png(contact_sheet(strips)))
    return len(strips)


def _strip(story: Story) -> Strip:
    return Strip(
        title=f"{story.split} {story.position} · {story.id} · {story.cluster}",
        images=tuple(frame.image for frame in story.frames),
        captions=story.captions,
    )
