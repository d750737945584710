"""What a recipe may say: every table of recipe.toml as a frozen record, each value checked.

`storydata.own.document` reads the file into these; the README has the same as tables.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.types import StringConstraints

from storydata.kit.building.card import NOTES
from storydata.kit.frames.still import ImageFormat
from storydata.own.globs import check_pattern
from storydata.own.text import check_encoding

PUBLISHED = ("pororosv", "flintstonessv", "didemosv")
"""Names that mean one dataset each; a set of one's own is called something else."""

PICTURES = ("**/*.png", "**/*.jpg", "**/*.jpeg", "**/*.webp")
VIDEOS = (
    *("**/*.mp4", "**/*.m4v", "**/*.mkv", "**/*.webm", "**/*.mov"),
    *("**/*.avi", "**/*.mpg", "**/*.mpeg", "**/*.ts", "**/*.ogv"),
)
MAX_TEXT = 500
"""Characters in a name, a pattern, a licence of a frame."""

BESIDE = "beside"
"""Captions that lie beside their pictures or videos, under the same name."""

Rule = Literal["windows", "disjoint", "first"]
SharedFrames = Literal["refuse", "drop", "allow"]
Labels = Literal["column", "captions"]
Cleaning = Literal["tags", "dashes", "speakers", "sounds"]


def _own_name(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) or len(name) > 60:
        raise ValueError("should be lower-case letters, digits and hyphens, such as my-comic")
    taken = [word for word in PUBLISHED if name.startswith(word)]
    if taken:
        raise ValueError(f"should be a name of its own ({taken[0]} is a published dataset)")
    marks = [word for word in name.split("-") if word in NOTES]
    if marks:
        raise ValueError(f"should do without the word {marks[0]}, which has a meaning on the card")
    return name


def _cast(names: tuple[str, ...]) -> tuple[str, ...]:
    folded = [name.casefold() for name in names]
    for name in names:
        if folded.count(name.casefold()) > 1:
            raise ValueError(f"should name every character once ({name} is there twice)")
        if not all(re.search(r"\w", word) for word in name.split()):
            raise ValueError(f"should be names in letters or digits (not {name!r})")
    return names


def _listed(value: Any) -> Any:
    """A lone text as a tuple of one, a list as a tuple."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def _texts(value: Any) -> tuple[str, ...]:
    """A text, or a list of texts, as a tuple of them without white space at their ends."""
    listed = [value] if isinstance(value, str) else value
    if isinstance(listed, list) and listed and all(isinstance(one, str) for one in listed):
        texts = tuple(one.strip() for one in listed)
        if all(0 < len(text) <= MAX_TEXT for text in texts):
            return texts
    raise ValueError("should be a text or a list of texts, none of them empty")


def _share_or_names(value: Any) -> float | tuple[str, ...]:
    if isinstance(value, str | list):
        with contextlib.suppress(ValueError):
            return _texts(value)
    elif isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1:
        return float(value)
    raise ValueError("should be a share above 0 and up to 1, or a list of names of episodes")


def _patterns(patterns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(check_pattern, patterns))


Text = Annotated[str, StringConstraints(strip_whitespace=True)]
Filled = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Patterns = Annotated[Texts, AfterValidator(_patterns)]
Chosen = Annotated[Any, BeforeValidator(_share_or_names)]


class Table(BaseModel):
    """One table of the recipe: no other keys, no values of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class DatasetTable(Table):
    """`[dataset]`: what it is called and on which terms; `characters` in the order of labels."""

    name: Annotated[str, AfterValidator(_own_name)]
    version: Filled = "1"
    licence: Text = ""
    citation: Text = ""
    characters: Annotated[tuple[Filled, ...], BeforeValidator(_listed), AfterValidator(_cast)] = ()


class StoriesTable(Table):
    """`[stories]`: `length` counts the source too; `image` is for frames that must be written anew.

    `short_side` is in pixels and only ever makes pictures smaller.
    """

    length: Annotated[int, Field(ge=2, le=64)] = 5
    rule: Rule = "windows"
    image: ImageFormat = "png"
    short_side: Annotated[int, Field(ge=16, le=8192)] | None = None
    stories_per_shard: Annotated[int, Field(ge=1, le=100_000)] = 128


class SplitTable(Table):
    """`[split]`: for each split a share of the episodes, or names of episodes with `*` and `?`.

    Episodes that nobody names are shared out; `train` gets the rest unless it says otherwise.
    """

    test: Chosen = None
    val: Chosen = None
    train: Chosen = None
    seed: int = 0
    shared_frames: SharedFrames = "refuse"

    @property
    def shares(self) -> dict[str, float]:
        """The splits that ask for a share, test first."""
        return {name: value for name, value in self._chosen() if isinstance(value, float)}

    @property
    def names(self) -> dict[str, tuple[str, ...]]:
        """The splits that name their episodes, test first."""
        return {name: value for name, value in self._chosen() if isinstance(value, tuple)}

    def _chosen(self) -> list[tuple[str, Any]]:
        return [("test", self.test), ("val", self.val), ("train", self.train)]


class SourceTable(Table):
    """What both kinds of `[[source]]` have.

    `folder` and `captions` are relative to the recipe. `columns` says what a table calls what we
    call by the key; several names for `caption` make alternatives. `prefix` stands before the
    names of the episodes.
    """

    folder: Filled = "."
    captions: Patterns = (BESIDE,)
    columns: dict[str, Texts] = Field(default_factory=dict)
    labels: Labels | None = None
    licence: Text = ""
    prefix: Text = ""
    encoding: Annotated[str, AfterValidator(check_encoding)] = "utf-8"


class FramesSource(SourceTable):
    """`kind = "frames"`: pictures with captions; an episode is a folder, or a column says which."""

    kind: Literal["frames"]
    pictures: Patterns = PICTURES
    episode: Literal["folder", "column"] | None = None


class VideoSource(SourceTable):
    """`kind = "video"`: videos with subtitles or segments; an episode is a file.

    A frame is taken `at` this fraction of its cue or segment. Those shorter than `min_seconds` are
    left out, and `clean` says what is taken out of the text of subtitles.
    """

    kind: Literal["video"]
    videos: Patterns = VIDEOS
    language: Filled | None = None
    at: Annotated[float, Field(ge=0, le=1)] = 0.5
    min_seconds: Annotated[float, Field(ge=0, le=3600)] = 0.0
    clean: Annotated[tuple[Cleaning, ...], BeforeValidator(_listed)] = ("tags",)


Source = FramesSource | VideoSource


@dataclass(frozen=True)
class RecipeDocument:
    """The whole of recipe.toml."""

    dataset: DatasetTable
    stories: StoriesTable
    split: SplitTable
    sources: tuple[Source, ...]
