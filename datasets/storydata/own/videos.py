"""`kind = "video"`: videos with subtitles beside them, or with segments in tables.

Every cue of a subtitle file is a description; its frame is taken at a fraction of its time. An
episode is one video file. For tables see `storydata.own.segments`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from storybench.errors import InputError, MissingError
from storydata.kit.raw import RawFile
from storydata.own.beside import caption_folder, caption_tables, described_by, in_languages
from storydata.own.described import Episode, Lost, Reading, Shot
from storydata.own.folder import Folder, check_folder, stem
from storydata.own.segments import read_segments, too_short
from storydata.own.settings import VideoSource
from storydata.own.subtitles import Cue, clean_text, parse_subtitles
from storydata.own.tables import read_table
from storydata.own.text import read_text

SUBTITLES = (".srt", ".vtt")


def read_videos(folder: Folder, source: VideoSource, *, place: str) -> Reading:
    """Every episode of a source of videos; `place` names the source in messages. Opens no video.

    Raises:
        InputError: the recipe says something that the files are not.
        MissingError: there is no video, or nothing that describes one.
        RawDataError: a table or text is not what was expected; names the line.
    """
    home = check_folder(folder, source.folder, place=place)
    videos = folder.below(home, source.videos)
    captions = caption_folder(folder, source, home=home)
    if captions is None:
        files = caption_tables(folder, source, place=place)
        tables = [read_table(file, encoding=source.encoding) for file in files]
        return read_segments(folder, source, tables, videos, home=home, place=place)
    if source.labels == "column" or source.columns:
        raise InputError(
            f"Expected a table of segments in {place}, since it speaks of columns, found captions "
            'in subtitles. Name the table: captions = "segments.csv".'
        )
    if not videos:
        raise MissingError(
            f"Expected videos like {' or '.join(source.videos[:3])} in the folder {home} of "
            f"{place}, found none."
        )
    return _subtitled(folder, source, videos, home=home, captions=captions, place=place)


def _subtitled(
    folder: Folder,
    source: VideoSource,
    videos: Sequence[RawFile],
    *,
    home: str,
    captions: str,
    place: str,
) -> Reading:
    episodes: list[Episode] = []
    losses: list[Lost] = []
    tables: list[RawFile] = []
    for video in videos:
        name = f"{source.prefix}{stem(video.name.removeprefix(f'{home}/'))}"
        subtitles = _subtitles(folder, source, video, home=home, captions=captions, place=place)
        if subtitles is None:
            losses.append(Lost(video.name, "file", "no subtitles", _why_none(source), name))
            continue
        tables.append(subtitles)
        found = list(_shots(source, name, video, subtitles))
        losses += [one for one in found if isinstance(one, Lost)]
        shots = tuple(one for one in found if isinstance(one, Shot))
        episodes.append(Episode(name, shots, is_video=True))
    if not tables:
        raise MissingError(
            f"Expected subtitles beside the {len(videos):,} videos of {place}, found none. "
            f"{_why_none(source)}"
        )
    return Reading(tuple(episodes), tuple(tables), tuple(losses))


def _subtitles(
    folder: Folder, source: VideoSource, video: RawFile, *, home: str, captions: str, place: str
) -> RawFile | None:
    """`ep1.srt` or `ep1.vtt`, or the only `ep1.<language>.srt`; with a language, that one alone."""
    where = {"home": home, "captions": captions}
    if source.language:
        wanted = [f".{source.language}{suffix}" for suffix in SUBTITLES]
        return next(iter(described_by(folder, video, suffixes=wanted, **where)), None)
    plain = described_by(folder, video, suffixes=SUBTITLES, **where)
    if plain:
        return plain[0]
    spoken = in_languages(folder, video, suffixes=SUBTITLES, **where)
    if len(spoken) > 1:
        raise InputError(
            f"Expected one file of subtitles for {video.name}, found "
            f"{', '.join(file.name for file in spoken[:4])}. Choose in {place}: "
            'language = "en", for example.'
        )
    return spoken[0] if spoken else None


def _why_none(source: VideoSource) -> str:
    language = f".{source.language}" if source.language else ""
    return f"No file has the name of the video with {language}.srt or {language}.vtt behind it."


def _shots(
    source: VideoSource, episode: str, video: RawFile, subtitles: RawFile
) -> Iterator[Shot | Lost]:
    """A shot for every time at which something is said, in order; what is said at one is joined."""
    said: dict[tuple[float, float], list[str]] = {}
    for cue in parse_subtitles(read_text(subtitles, encoding=source.encoding)):
        place = f"{subtitles.name}, line {cue.line}"
        if not isinstance(cue, Cue):
            yield Lost(place, "description", "cue unreadable", cue.reason, episode)
            continue
        short = too_short(cue.start, cue.end, source)
        text = clean_text(cue.text, source.clean)
        if short:
            yield Lost(place, "description", "too short", short, episode)
        elif text:
            said.setdefault((cue.start, cue.end), []).append(text)
        else:
            left = f"Nothing is left of {cue.text[:60]!r}." if cue.text else "The cue is empty."
            yield Lost(place, "description", "nothing said", left, episode)
    for (start, end), texts in sorted(said.items()):
        yield Shot(
            name=video.name,
            file=video,
            captions=(" ".join(dict.fromkeys(texts)),),
            time=start + source.at * (end - start),
            licence=source.licence or None,
        )
