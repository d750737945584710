"""One story and everything that a build knows about it, with the very bytes of its pictures."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from storybench.files import write_atomic
from storybench.shards.index import INDEX_NAME, index_rows, read_index
from storybench.shards.members import Member, ShardPool
from storybench.shards.reader import Stories
from storybench.types import Story, StorySpec


@dataclass(frozen=True, eq=False)
class Picture:
    """The encoded picture of a frame as it stands in the shard."""

    name: str
    data: bytes


@dataclass(frozen=True, eq=False)
class Shown:
    """A story, its pictures (the source first), the shard they are in, and its dataset."""

    spec: StorySpec
    digest: str
    shard: str
    story: Story
    pictures: tuple[Picture, ...]

    def names(self, characters: tuple[int, ...] | None) -> tuple[str, ...] | None:
        """The characters that a multi-hot label means, None where there is no label."""
        if characters is None:
            return None
        marked = zip(self.spec.characters, characters, strict=False)
        return tuple(name for name, mark in marked if mark)

    def to_json(self) -> dict[str, Any]:
        """Everything but the pixels, as plain values."""
        story = self.story
        return {
            "dataset": self.spec.name,
            "digest": self.digest,
            "shard": self.shard,
            "id": story.id,
            "split": story.split,
            "position": story.position,
            "orders": dict(story.orders),
            "subsets": list(story.subsets),
            "cluster": story.cluster,
            "label_source": story.label_source,
            "frames": [
                {
                    "file": picture.name,
                    "bytes": len(picture.data),
                    "width": frame.image.shape[1],
                    "height": frame.image.shape[0],
                    "caption": frame.caption,
                    "captions": list(frame.captions),
                    "default": frame.default,
                    "characters": self.names(frame.characters),
                    "licence": frame.licence,
                    "origin": asdict(frame.origin),
                }
                for frame, picture in zip(story.frames, self.pictures, strict=True)
            ],
        }


def show(directory: Path, key: str) -> Shown:
    """Read one story.

    Raises:
        MissingError: no finished build there.
        InputError: no such story; lists close matches.
        VerificationError: a shard is not the one that was built.
    """
    stories = Stories(directory)
    story = stories[stories.find(key)]
    table = read_index(directory / INDEX_NAME)
    at = table.column("key").index(key).as_py()
    (row,) = index_rows(table.slice(at, 1))
    places = zip(row.names, row.offsets, row.sizes, row.crcs, strict=True)
    members = [Member(*place) for place in places][:-1]
    data = ShardPool(directory).read(row.shard, members)
    return Shown(
        spec=stories.spec,
        digest=stories.digest,
        shard=row.shard,
        story=story,
        pictures=tuple(
            Picture(member.name, content) for member, content in zip(members, data, strict=True)
        ),
    )


def write_pictures(shown: Shown, folder: Path) -> tuple[Path, ...]:
    """Write the pictures of a story into a folder, bytes untouched; returns their paths."""
    paths = tuple(folder / picture.name for picture in shown.pictures)
    for path, picture in zip(paths, shown.pictures, strict=True):
        write_atomic(path, picture.data)
    return paths
