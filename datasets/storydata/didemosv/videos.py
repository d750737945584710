"""Where the video of a stem lies, under every name that people's downloads give it.

Flickr's own links save `<video>`; the script of LocalizingMoments saves `<video>.mp4`, so `….mov`
becomes `….mov.mp4` (LisaAnne/LocalizingMoments@b6a555c:download/download_videos_AWS.py:48-63).
Others re-encode to `<stem>.mp4` or keep another extension; a copy of the public mirror has
`<YFCC100M hash>.mp4`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from storydata.didemosv.moments import VideoMoments
from storydata.kit.raw import RawFile, by_name, by_stem, walk

FOLDER = "videos"
SIDECARS = (".json", ".txt", ".part", ".ytdl", ".jpg", ".jpeg", ".png", ".webp", ".srt", ".vtt")
"""What downloaders leave beside a video under its name; never taken for one."""


@dataclass(frozen=True)
class VideoFolder:
    """The files among which videos are looked for, by full name and by name up to the first dot.

    `roots` are the folders where a link that leads nowhere is looked for, if there is no file.
    """

    names: Mapping[str, RawFile]
    stems: Mapping[str, list[RawFile]]
    hashes: Mapping[str, str]
    roots: tuple[Path, ...] = ()

    def find(self, video: VideoMoments) -> RawFile | None:
        """The file of a video, None if it has none.

        Names are tried in this order, each for every name that the annotations give the video:
        `<video>`, `<video>.mp4`, then `<stem>.mp4`, `<stem>.<any extension>`, `<hash>.mp4`. The
        first that is there and not empty is taken; an empty one only if nothing else is there.
        """
        found = list(self._candidates(video))
        return next(
            (file for file in found if file.path.stat().st_size), found[0] if found else None
        )

    def why_missing(self, video: VideoMoments) -> str:
        """One sentence on a video that `find` does not find."""
        for name in _names(video):
            if any(_is_link(root / name) for root in self.roots):
                return f"The link {name} leads nowhere."
        return f"No file for {' or '.join(video.names)} under any of its names."

    def _candidates(self, video: VideoMoments) -> Iterator[RawFile]:
        yield from (self.names[name] for name in _names(video) if name in self.names)
        yield from self._with_any_extension(video.stem)
        mirrored = f"{self.hashes.get(video.flickr_id, '')}.mp4"
        if mirrored in self.names:
            yield self.names[mirrored]

    def _with_any_extension(self, stem: str) -> Iterator[RawFile]:
        for file in self.stems.get(stem.split(".", 1)[0], ()):
            name = file.path.name
            is_ours = name == stem or name.startswith(f"{stem}.")
            if is_ours and not name.lower().endswith(SIDECARS):
                yield file


def open_folder(
    raw: Path, videos: Path | None, *, hashes: Mapping[str, str] | None = None
) -> VideoFolder:
    """Index `videos`, or without it the raw folder, whose `videos/` goes before anything else.

    Links are followed. Of two files with one name the one in `videos/`, then the one in the fewest
    folders, then the first by path is taken. `hashes` maps Flickr ids to YFCC100M hashes.

    Raises:
        MissingError: there is no such folder.
        InputError: it is a file.
    """
    files = sorted(_files(raw, videos), key=_preference)
    roots = (raw / FOLDER, raw) if videos is None else (videos,)
    return VideoFolder(by_name(files), by_stem(files), hashes=hashes or {}, roots=roots)


def _names(video: VideoMoments) -> list[str]:
    return [*video.names, *(f"{name}.mp4" for name in video.names), f"{video.stem}.mp4"]


def _is_link(path: Path) -> bool:
    try:
        return path.is_symlink()
    except OSError:  # a name too long for the file system
        return False


def _files(raw: Path, videos: Path | None) -> Iterator[RawFile]:
    if videos is None:
        yield from walk(raw)
    else:
        for file in walk(videos, what="--videos folder"):
            yield RawFile(f"{FOLDER}/{file.name}", file.place)


def _preference(file: RawFile) -> tuple[bool, int, str]:
    return (not file.name.startswith(f"{FOLDER}/"), file.name.count("/"), file.name)
