"""From annotations to the moments of each video: steps 1 to 7 of the rule "didemo-v1".

1. Captions are normalised (white space only); blank ones are lost.
2. Records are grouped by the stem of their video.
3. The video has as many chunks as its records say at most.
4. The moment of a description is the one most annotators gave; ties go to the shortest, then to
   the earliest.
5. Of captions that differ only in case or final periods, the lowest annotation_id stays.
6. Descriptions are sorted by start, end and annotation_id.
7. A description is shown by a frame in the middle of its moment; m descriptions that share one
   moment cut it into m equal parts and take the middle of one each.

Everything here is a pure function of the annotations; no video is opened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from storydata.didemosv.raw import Annotation
from storydata.didemosv.spec import CHUNK_SECONDS, MAX_SECONDS
from storydata.kit.captions import normalise


@dataclass(frozen=True)
class Moment:
    """One description and when it happens: 5-second chunks `start` to `end`, both included.

    It is number `rank` (from 0) of the `sharing` descriptions that have the same chunks.
    """

    annotation_id: int
    caption: str
    start: int
    end: int
    rank: int = 0
    sharing: int = 1


@dataclass(frozen=True)
class Loss:
    """A description that no story can use: the class of the loss, and the particulars."""

    annotation_id: int
    step: str
    reason: str


@dataclass(frozen=True)
class VideoMoments:
    """The descriptions of one video in story order, every name it goes by, and what was lost."""

    stem: str
    names: tuple[str, ...]
    moments: tuple[Moment, ...]
    losses: tuple[Loss, ...]

    @property
    def flickr_id(self) -> str:
        """The digits between the first two underscores of the stem."""
        return flickr_id(self.stem)


def resolve(annotations: Iterable[Annotation]) -> list[VideoMoments]:
    """Every video of a split with its moments, sorted by stem."""
    groups: dict[str, list[Annotation]] = {}
    for annotation in annotations:
        groups.setdefault(annotation.stem, []).append(annotation)
    return [_resolve_video(stem, groups[stem]) for stem in sorted(groups)]


def flickr_id(stem: str) -> str:
    """The Flickr id in a video name.

    >>> flickr_id("39727414@N00_3622114091_452b89919c")
    '3622114091'
    """
    return stem.split("_")[1]


def majority(times: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The moment most annotators gave; ties go to the shortest, then to the earliest.

    >>> majority([(1, 1), (0, 0), (1, 1)])
    (1, 1)
    >>> majority([(0, 1), (3, 3), (2, 2)])
    (2, 2)
    """
    votes = Counter(times)
    return min(votes, key=lambda moment: (-votes[moment], moment[1] - moment[0], moment[0]))


def caption_key(caption: str) -> str:
    """What two captions of one video share when they say the same.

    >>> caption_key("A dog barks..")
    'a dog barks'
    """
    return caption.lower().rstrip(".")


def interval(moment: Moment, duration: float) -> tuple[float, float] | None:
    """Begin and end of a moment in seconds, None if the video ends before it begins.

    Videos are cut off at 30 seconds, never rescaled.

    >>> interval(Moment(1, "a dog", start=1, end=5), duration=27.5)
    (5.0, 27.5)
    """
    begin = CHUNK_SECONDS * moment.start
    end = min(CHUNK_SECONDS * (moment.end + 1), MAX_SECONDS, duration)
    return (begin, end) if begin < end else None


def frame_time(moment: Moment, duration: float) -> float | None:
    """When to take the frame of a moment, in seconds; None if the video ends before it begins.

    >>> frame_time(Moment(1, "a dog", start=1, end=1), duration=30.0)
    7.5
    >>> frame_time(Moment(1, "a dog", start=1, end=1, rank=1, sharing=2), duration=30.0)
    8.75
    """
    span = interval(moment, duration)
    if span is None:
        return None
    begin, end = span
    return begin + (2 * moment.rank + 1) / (2 * moment.sharing) * (end - begin)


def _resolve_video(stem: str, annotations: Sequence[Annotation]) -> VideoMoments:
    last_chunk = max(annotation.num_segments for annotation in annotations) - 1
    moments: list[Moment] = []
    losses: list[Loss] = []
    captions: dict[str, int] = {}
    for annotation in sorted(annotations, key=lambda annotation: annotation.annotation_id):
        moment = _moment(annotation, last_chunk)
        loss = _loss(moment, captions)
        if loss is None:
            moments.append(moment)
        else:
            losses.append(loss)
        if moment.caption:
            captions.setdefault(caption_key(moment.caption), moment.annotation_id)
    names = tuple(sorted({annotation.video for annotation in annotations}))
    return VideoMoments(stem, names, _share(moments), tuple(losses))


def _moment(annotation: Annotation, last_chunk: int) -> Moment:
    start, end = majority(annotation.times)
    return Moment(
        annotation_id=annotation.annotation_id,
        caption=normalise(annotation.description),
        start=start,
        end=min(end, last_chunk),
    )


def _loss(moment: Moment, earlier: Mapping[str, int]) -> Loss | None:
    """Why no story can use a description, given the annotation that first said each caption."""
    if not moment.caption:
        return Loss(moment.annotation_id, "blank caption", "The caption is empty or white space.")
    twin = earlier.get(caption_key(moment.caption))
    if twin is not None:
        reason = f"Annotation {twin} of the same video says the same."
        return Loss(moment.annotation_id, "duplicate caption", reason)
    if moment.start > moment.end:
        reason = (
            f"Its moment starts at chunk {moment.start}, the video has {moment.end + 1} chunks."
        )
        return Loss(moment.annotation_id, "moment after the end", reason)
    return None


def _share(moments: Sequence[Moment]) -> tuple[Moment, ...]:
    """Sort the moments into story order and number those that share their chunks."""
    ordered = sorted(moments, key=lambda moment: (moment.start, moment.end, moment.annotation_id))
    sharing = Counter((moment.start, moment.end) for moment in ordered)
    ranks: Counter[tuple[int, int]] = Counter()
    shared = []
    for moment in ordered:
        chunks = (moment.start, moment.end)
        shared.append(replace(moment, rank=ranks[chunks], sharing=sharing[chunks]))
        ranks[chunks] += 1
    return tuple(shared)
