"""Which pictures a story is shown with: those of its shard, or frames drawn from its raw clips.

Clips have several frames, and the published loaders draw one at each access, for the source and
every target, in training and evaluation alike (spec P7;
adymaharana/storydalle@132dd19:story-dalle/pororo_dataloader.py:423-427 and
flintstones_dataloader.py:142-145). Here the draw belongs to (seed, epoch, story, frame).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from itertools import accumulate

from storybench.errors import InputError
from storybench.images import decode
from storybench.loader.cache import FrameCache, FrameSlots
from storybench.loader.choice import Draw, pick
from storybench.loader.samples import Samples
from storybench.shards.clips import Clips
from storybench.shards.format import StoryDocument
from storybench.shards.reader import Stories
from storybench.types import Image

Pictures = Callable[[int, Draw], tuple[StoryDocument, list[Image]]]
"""From the index of a story and its draws to what is known of it and its frames, source first."""

DIGITS = 16
"""Of a build's digest in the name of its cache."""


def pictures(
    stories: Stories, samples: Samples, *, frames: str, cache: FrameCache | None
) -> Pictures:
    """How the stories are shown.

    Raises:
        InputError: frames are to be drawn where the build keeps no clips to draw from.
    """
    clips = Clips(stories.directory)
    if frames == "stored":
        places = None if cache is None else StoredPlaces(cache, stories, clips)
        return StoredPictures(samples, places)
    if not len(clips):
        raise InputError(
            f"Expected raw clips to draw frames from in {stories.directory}, found none: this "
            f"build of {stories.spec.name} has one picture a frame and nothing to choose. Use "
            "frames='stored'."
        )
    return DrawnPictures(samples, clips, cache)


class StoredPictures:
    """The frames that the build chose, which every shard of stories holds."""

    def __init__(self, samples: Samples, places: StoredPlaces | None) -> None:
        self._samples, self._places = samples, places

    def __call__(self, index: int, draw: Draw) -> tuple[StoryDocument, list[Image]]:
        """Frames as they are stored; nothing is drawn."""
        sample = self._samples[index]
        return sample.document, [
            self._image(sample.document, k, data) for k, data in enumerate(sample.pictures)
        ]

    def _image(self, document: StoryDocument, k: int, data: bytes) -> Image:
        name = document.frames[k].file
        if self._places is None or (slot := self._places.find(document, k)) is None:
            return decode(data, name)
        tag = zlib.crc32(data)
        image = self._places.slots.get(slot, tag=tag)
        if image is None:
            image = decode(data, name)
            self._places.slots.put(slot, image[None], tag=tag)
        return image


class DrawnPictures:
    """A frame of each clip, another one each epoch."""

    def __init__(self, samples: Samples, clips: Clips, cache: FrameCache | None) -> None:
        self._samples, self._clips = samples, clips
        self._firsts = _firsts(clips)
        self._slots = None
        if cache is not None:
            name = f"{clips.manifest.digest[:DIGITS]}-drawn"
            self._slots = cache.slots(name, self._firsts[-1])

    def __call__(self, index: int, draw: Draw) -> tuple[StoryDocument, list[Image]]:
        """Draws "frame/<k>" for each frame k."""
        document = self._samples.document(index)
        return document, [
            self._image(self._clips.find(frame.origin.clip), draw(f"frame/{k}"))
            for k, frame in enumerate(document.frames)
        ]

    def _image(self, clip: int, fraction: float) -> Image:
        chosen = pick(self._clips.counts[clip], fraction)
        if self._slots is None:
            return self._clips.frame(clip, chosen)
        image = self._slots.get(self._firsts[clip] + chosen)
        if image is None:
            frames = self._clips[clip].frames
            self._slots.put(self._firsts[clip], frames)
            image = frames[chosen]
        return image


class StoredPlaces:
    """The slot of each stored frame: by clip and frame of it, so that stories share; else by story.

    What two stories show of one clip is the same picture, unless a recipe made it otherwise; so the
    CRC-32 of the stored bytes is the tag.
    """

    def __init__(self, cache: FrameCache, stories: Stories, clips: Clips) -> None:
        self._n_frames = stories.spec.n_targets + 1
        self._firsts = _firsts(clips)
        self._clips = {clip: row for row, clip in enumerate(clips.ids)}
        self._stories: dict[str, int] = {}
        if not self._clips:
            everyone = Stories(stories.directory).ids
            self._stories = {story: number for number, story in enumerate(everyone)}
        n = self._firsts[-1] if self._clips else len(self._stories) * self._n_frames
        self.slots: FrameSlots = cache.slots(f"{stories.digest[:DIGITS]}-stored", n)

    def find(self, document: StoryDocument, k: int) -> int | None:
        """The slot of frame `k` of a story, None where it is no whole frame of a clip."""
        if self._stories:
            return self._stories[document.id] * self._n_frames + k
        origin = document.frames[k].origin
        clip = self._clips.get(origin.clip)
        if clip is None or origin.index is None:
            return None
        slot = self._firsts[clip] + origin.index
        return slot if slot < self._firsts[clip + 1] else None


def _firsts(clips: Clips) -> tuple[int, ...]:
    """The slot of each clip's first frame, and behind them the number of frames."""
    return tuple(accumulate(clips.counts, initial=0))
