"""Stories as one HTML page: a row each, captions under the frames, filters above.

The page opens from disk and asks for nothing: its pictures are small copies inside it, or files in
a folder beside it. Of a large dataset it shows a part that is spread evenly, and says so. The same
shards give the same bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from storybench.errors import InputError
from storybench.files import sha256_bytes, space_guard, write_atomic
from storybench.gallery.choosing import Choice, Wanted, choose
from storybench.page.document import PICTURES_BESIDE, PICTURES_INSIDE, render
from storybench.page.thumbnail import Thumbnail, thumbnail
from storybench.shards.format import split_rank
from storybench.shards.reader import Stories
from storybench.types import Frame, Progress, Story

ROOM = "storybench.gallery"
STORIES = 200
MAX_INSIDE = 2_000
"""Stories whose pictures a page may hold: with more of them it opens slowly."""

AT_ONCE = 100
"""Stories drawn when the page opens; the script draws the others, as many at a time."""

SIDE = 208
QUALITY = 72
FOLDER = "-pictures"
NAME_LENGTH = 20

Pictures = Literal["inside", "beside"]


@dataclass(frozen=True)
class FrameView:
    """One frame as the page shows it; `address` is what its picture is loaded from."""

    role: str
    address: str
    width: int
    height: int
    caption: str
    others: tuple[str, ...]
    characters: tuple[str, ...]
    licence: str | None


@dataclass(frozen=True)
class StoryView:
    """One story as the page shows it; `characters` are those of all its frames."""

    id: str
    split: str
    cluster: str
    position: int
    label_source: str | None
    subsets: tuple[str, ...]
    characters: tuple[str, ...]
    frames: tuple[FrameView, ...]


@dataclass(frozen=True)
class Written:
    """What was written: the page, its size, and its pictures' with the folder they are in."""

    page: Path
    n_stories: int
    n_matching: int
    n_pictures: int
    page_bytes: int
    picture_bytes: int
    folder: Path | None


def gallery(
    directory: Path,
    out: Path,
    *,
    wanted: Wanted | None = None,
    n_stories: int = STORIES,
    pictures: Pictures = "inside",
    on_progress: Progress | None = None,
) -> Written:
    """Write the page of a build to `out`, and where asked its pictures to a folder beside it.

    Args:
        directory: the folder of a finished build.
        out: the page.
        wanted: which stories; any of them if None.
        n_stories: at most how many, evenly spread over those that match.
        pictures: "inside" the page or "beside" it, in a folder called after it.
        on_progress: called as stories are drawn.

    Raises:
        MissingError: no finished build there.
        InputError: no story matches, or more than a page can hold inside it.
        VerificationError: a shard is not the one that was built.
    """
    stories = Stories(directory)
    choice = choose(stories, wanted or Wanted(), n=n_stories)
    if pictures == "inside" and len(choice.indices) > MAX_INSIDE:
        raise InputError(
            f"Expected at most {MAX_INSIDE:,} stories with their pictures inside one page, found "
            f"{len(choice.indices):,}. Ask for fewer with --stories, or for pictures beside the "
            "page with --files."
        )
    kept = _Pictures(out.with_name(f"{out.stem}{FOLDER}") if pictures == "beside" else None)
    views = list(_views(stories, choice, kept, on_progress))
    page = render_page(stories, choice, views, pictures=pictures).encode()
    write_atomic(out, page)
    return Written(
        page=out,
        n_stories=len(views),
        n_matching=choice.n_matching,
        n_pictures=len(kept.sizes),
        page_bytes=len(page),
        picture_bytes=sum(kept.sizes.values()),
        folder=kept.folder,
    )


def render_page(
    stories: Stories, choice: Choice, views: list[StoryView], *, pictures: Pictures
) -> str:
    """The page of some stories."""
    spec = stories.spec
    characters = Counter(name for view in views for name in view.characters)
    splits = Counter(view.split for view in views)
    return render(
        ROOM,
        "gallery.html",
        style="gallery.css",
        script="gallery.js",
        pictures=PICTURES_INSIDE if pictures == "inside" else PICTURES_BESIDE,
        spec=spec,
        digest=stories.digest,
        counts={
            of: stories.manifest.splits[of]
            for of in sorted(stories.manifest.splits, key=split_rank)
        },
        choice=choice,
        stories=views,
        at_once=AT_ONCE,
        splits={split: splits[split] for split in sorted(splits, key=split_rank)},
        characters={name: characters[name] for name in spec.characters if characters[name]},
        licences=_licences(views),
    )


class _Pictures:
    """Small copies: in a folder, each once, or as addresses that hold them whole."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.sizes: dict[str, int] = {}

    def address(self, small: Thumbnail) -> str:
        name = f"{sha256_bytes(small.data)[:NAME_LENGTH]}.webp"
        if self.folder is not None and name not in self.sizes:
            with space_guard(self.folder):  # the page comes last, and names whole files only
                self.folder.mkdir(parents=True, exist_ok=True)
                (self.folder / name).write_bytes(small.data)
        self.sizes[name] = len(small.data)
        return small.uri if self.folder is None else f"{quote(self.folder.name)}/{name}"


def _views(
    stories: Stories, choice: Choice, pictures: _Pictures, on_progress: Progress | None
) -> Iterator[StoryView]:
    names = stories.spec.characters
    for done, index in enumerate(choice.indices, start=1):
        yield _view(stories[index], names, pictures)
        if on_progress is not None:
            on_progress(done, len(choice.indices), "stories")


def _view(story: Story, names: tuple[str, ...], pictures: _Pictures) -> StoryView:
    frames = tuple(_frame(frame, k, names, pictures) for k, frame in enumerate(story.frames))
    shown = {name for frame in frames for name in frame.characters}
    return StoryView(
        id=story.id,
        split=story.split,
        cluster=story.cluster,
        position=story.position,
        label_source=story.label_source,
        subsets=story.subsets,
        characters=tuple(name for name in names if name in shown),
        frames=frames,
    )


def _frame(frame: Frame, k: int, names: tuple[str, ...], pictures: _Pictures) -> FrameView:
    small = thumbnail(frame.image, side=SIDE, quality=QUALITY)
    marks = frame.characters or ()
    return FrameView(
        role="Source" if k == 0 else f"Frame {k}",
        address=pictures.address(small),
        width=small.width,
        height=small.height,
        caption=frame.caption,
        others=tuple(c for n, c in enumerate(frame.captions) if n != frame.default),
        characters=tuple(name for name, mark in zip(names, marks, strict=False) if mark),
        licence=frame.licence,
    )


def _licences(views: list[StoryView]) -> Mapping[str, int]:
    """Frames of the page by licence, where the data states any, the most frequent first."""
    tally = Counter(frame.licence for view in views for frame in view.frames if frame.licence)
    return dict(sorted(tally.items(), key=lambda item: (-item[1], item[0])))
