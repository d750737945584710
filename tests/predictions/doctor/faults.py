"""Everything that `storybench doctor` must see, as a change of good predictions.

A fault takes drawn frames (n, t, s, s, 3), the real ones (n, t + 1, s, s, 3) and a generator, and
gives what somebody's script would have left.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import PIL.Image
from PIL import ImageDraw

from storybench.images import decode, encode_jpeg, resize
from tests.predictions.doctor.planted import COPY, Planted, in_pictures
from tests.predictions.doctor.world import Frames


def in_slots(frames: Frames, order: Sequence[int] | np.ndarray) -> Frames:
    """The picture of flat slot order[m] in flat slot m."""
    flat = frames.reshape(-1, *frames.shape[2:])
    return flat[np.asarray(order)].reshape(frames.shape)


def shuffled_batches(drawn, real, generator, size=8):
    """L1 batches concatenated in the order of a listing that was not sorted."""
    n = len(drawn)
    starts = generator.permutation(np.arange(0, n, size))
    return drawn[np.concatenate([np.arange(first, min(n, first + size)) for first in starts])]


def shuffled_stories(drawn, real, generator):
    """Files of single stories in the order of a listing that was not sorted."""
    return drawn[generator.permutation(len(drawn))]


def text_batches(drawn, real, generator, size=8):
    """Batches 0, 1, 10, 11, 2 and so on."""
    n = len(drawn)
    order = sorted(range(-(-n // size)), key=str)
    return drawn[np.concatenate([np.arange(b * size, min(n, b * size + size)) for b in order])]


def text_stories(drawn, real, generator):
    """Folders 1…n read as text."""
    return drawn[sorted(range(len(drawn)), key=lambda number: str(number + 1))]


def four_digits(drawn, real, generator):
    """A counter of two digits that passes 99, read as text, as four digits that pass 9999."""
    return in_slots(drawn, sorted(range(drawn.shape[0] * drawn.shape[1]), key=lambda m: f"{m:02d}"))


def frame_major(drawn, real, generator, size=4):
    """AR-LDM's files: all first frames of a batch, then all second ones."""
    n, t = drawn.shape[:2]
    slots = np.arange(n * t).reshape(n, t)
    order = [slots[first : first + size].T.ravel() for first in range(0, n, size)]
    return in_slots(drawn, np.concatenate(order))


def frame_major_sixteen(drawn, real, generator):
    """The same with batches of sixteen."""
    return frame_major(drawn, real, generator, size=16)


def next_story(drawn, real, generator):
    """Story i claimed for i - 1."""
    return np.roll(drawn, -1, axis=0)


def last_story(drawn, real, generator):
    """Story i claimed for i + 1, as numbers from 0 read as from 1."""
    return np.roll(drawn, 1, axis=0)


def next_frame(drawn, real, generator):
    """Frame t claimed for t - 1; the last is the one after the story's end."""
    following = np.concatenate([drawn[1:, -1:], drawn[:1, -1:]])
    return np.concatenate([drawn[:, 1:], following], axis=1)


def first_file_lost(drawn, real, generator):
    """Files counted on without the first."""
    n = drawn.shape[0] * drawn.shape[1]
    return in_slots(drawn, (np.arange(n) + 1) % n)


def one_story_skipped(drawn, real, generator):
    """One story was not sampled, and all after it moved up."""
    place = len(drawn) // 3 + int(generator.integers(len(drawn) // 3))
    return np.concatenate([drawn[:place], drawn[place + 1 :], drawn[-1:]])


def source_first(drawn, real, generator):
    """The source, as a decoder gives it back, then the targets without the last."""
    source = np.clip(real[:, :1] + generator.normal(0, 6, real[:, :1].shape), 0, 255)
    return np.concatenate([source.astype(np.uint8), drawn[:, :-1]], axis=1)


def five_read_as_four(drawn, real, generator):
    """T + 1 pictures a story, the source first, cut into stories of T."""
    n, t = drawn.shape[:2]
    flat = np.concatenate([real[:, :1], drawn], axis=1).reshape(-1, *drawn.shape[2:])
    return flat[: n * t].reshape(drawn.shape)


def second_run(drawn, real, generator):
    """A run that stopped after three fifths, and another after it, counting on."""
    stop = len(drawn) * 3 // 5 + int(generator.integers(5))
    return np.concatenate([drawn[:stop], drawn[: len(drawn) - stop]])


def interleaved_shards(drawn, real, generator, parts=4):
    """Stories dealt to four processes, their files one process after the other."""
    return drawn[np.concatenate([np.arange(part, len(drawn), parts) for part in range(parts)])]


def reversed_frames(drawn, real, generator):
    """Cog's output list."""
    return drawn[:, ::-1].copy()


def some_frames_mixed(drawn, real, generator, share=0.3):
    """Another order of frames in 30 % of the stories."""
    spoilt = drawn.copy()
    for i in generator.choice(len(drawn), round(share * len(drawn)), replace=False):
        order = np.arange(drawn.shape[1])
        while (order == np.arange(drawn.shape[1])).all():
            order = generator.permutation(drawn.shape[1])
        spoilt[i] = drawn[i, order]
    return spoilt


def overwritten(drawn, real, generator):
    """Files named by clip: of slots with one real frame the last story's picture stays."""
    spoilt = drawn.copy()
    last: dict[bytes, np.ndarray] = {}
    for i, k in np.ndindex(drawn.shape[:2]):
        last[real[i, k + 1].tobytes()] = drawn[i, k]
    for i, k in np.ndindex(drawn.shape[:2]):
        spoilt[i, k] = last[real[i, k + 1].tobytes()]
    return spoilt


def truth_leaked(drawn, real, generator):
    """Real targets byte for byte in 10 % of the slots, as JPEG in another 10 %."""
    spoilt = drawn.copy()
    slots = list(np.ndindex(drawn.shape[:2]))
    for count, at in enumerate(generator.permutation(len(slots))[: len(slots) // 5]):
        i, k = slots[at]
        frame = real[i, k + 1]
        spoilt[i, k] = frame if count % 2 else decode(encode_jpeg(frame, 90), "leak")
    return spoilt


def copied_sources(drawn, real, generator):
    """The source in place of every third picture."""
    spoilt = drawn.copy()
    spoilt[::3] = real[::3, :1]
    return spoilt


def swapped(drawn, real, generator):
    """BGR."""
    return drawn[..., ::-1].copy()


def half_swapped(drawn, real, generator):
    """Half of the pictures BGR."""
    mask = generator.random(drawn.shape[:2]) < 0.5
    return np.where(mask[..., None, None, None], drawn[..., ::-1], drawn)


def stretched(drawn, real, generator):
    """Each picture from its minimum to its maximum."""
    low = drawn.min(axis=(2, 3, 4), keepdims=True).astype(np.float64)
    high = drawn.max(axis=(2, 3, 4), keepdims=True)
    return np.rint((drawn - low) / np.maximum(high - low, 1) * 255).astype(np.uint8)


def cut_range(drawn, real, generator):
    """-1…1 read as 0…1."""
    return np.clip(drawn.astype(np.float64) * 2 - 255, 0, 255).astype(np.uint8)


def pale(drawn, real, generator):
    """0…1 read as -1…1."""
    return ((drawn.astype(np.uint16) + 255) // 2).astype(np.uint8)


def mixed_axes(drawn, real, generator):
    """(channel, frame, h, w) reshaped to (frame, channel, h, w) without moving axes."""
    planes = np.moveaxis(drawn, -1, 1)  # (n, 3, t, h, w)
    n, c, t, h, w = planes.shape
    return np.moveaxis(np.ascontiguousarray(planes).reshape(n, t, c, h, w), 2, -1).copy()


def mosaics(drawn, real, generator):
    """All frames of a story in each picture, two by two."""
    spoilt = drawn.copy()
    side = drawn.shape[2] // 2
    for i in range(len(drawn)):
        small = [resize(drawn[i, k % drawn.shape[1]], height=side, width=side) for k in range(4)]
        grid = np.concatenate([np.concatenate(small[:2], 1), np.concatenate(small[2:], 1)])
        spoilt[i] = grid
    return spoilt


def subtitles(drawn, real, generator):
    """A line of text over the lowest eighth."""
    numbered = [list(enumerate(row)) for row in drawn]
    return np.array(
        [
            [_with_text(image, f"story {i} {k}") for k, image in row]
            for i, row in enumerate(numbered)
        ]
    )


def blank(drawn, real, generator):
    """5 % of the pictures black."""
    spoilt = drawn.copy()
    spoilt[generator.random(drawn.shape[:2]) < 0.05] = 0
    return spoilt


def _with_text(image, text):
    picture = PIL.Image.fromarray(image)
    draw = ImageDraw.Draw(picture)
    height = image.shape[0]
    draw.text((2, height - height // 8 - 3), text, fill=(255, 255, 255), stroke_width=0)
    draw.line((0, height - 1, image.shape[1], height - 1), fill=(0, 0, 0))
    return np.asarray(picture)


ORDER = (
    Planted("batches in no order", in_pictures(shuffled_batches), "misaligned", ("A01",)),
    Planted("stories in no order", in_pictures(shuffled_stories), "misaligned", ("A01",)),
    Planted("batches in text order", in_pictures(text_batches), "misaligned", ("A02",)),
    Planted("stories in text order", in_pictures(text_stories), "misaligned", ("A02",)),
    Planted(
        "a counter that overflows", in_pictures(four_digits), "misaligned", ("A02", "A13", "A06")
    ),
    Planted("frame-major, batches of 4", in_pictures(frame_major), "misaligned", ("A03",)),
    Planted("frame-major, batches of 16", in_pictures(frame_major_sixteen), "misaligned", ("A03",)),
    Planted("next story", in_pictures(next_story), "misaligned", ("A06",)),
    Planted("story before", in_pictures(last_story), "misaligned", ("A06",)),
    Planted("next frame", in_pictures(next_frame), "misaligned", ("A06",)),
    Planted("first file lost", in_pictures(first_file_lost), "misaligned", ("A06",)),
    Planted("one story skipped", in_pictures(one_story_skipped), "misaligned", ("A06",)),
    Planted(
        "source first, last lost", in_pictures(source_first), "source included", ("A07",), (COPY,)
    ),
    Planted("five frames read as four", in_pictures(five_read_as_four), "misaligned", ("A28",)),
    Planted("second run appended", in_pictures(second_run), "misaligned", ("A13",)),
    Planted("interleaved shards", in_pictures(interleaved_shards), "misaligned", ("A32",)),
    Planted("frames reversed", in_pictures(reversed_frames), "misaligned", ("A31",), (COPY,)),
    Planted(
        "frames mixed in 30 %", in_pictures(some_frames_mixed), "frames mixed up", ("A31",), (COPY,)
    ),
)
PIXELS = (
    Planted("overwritten by clip", in_pictures(overwritten), "overwritten", ("A10",)),
    Planted("truth leaked", in_pictures(truth_leaked), "truth shown", ("A08",)),
    Planted(
        "copies of the source",
        in_pictures(copied_sources),
        "copies of the source",
        ("A09",),
        is_fault=False,
    ),
    Planted("red and blue swapped", in_pictures(swapped), "channels swapped", ("A17",)),
    Planted("half of them swapped", in_pictures(half_swapped), "channels swapped", ("A17",)),
    Planted(
        "contrast stretched", in_pictures(stretched), "contrast stretched", ("A18",), is_fault=False
    ),
    Planted("range cut", in_pictures(cut_range), "wrong range", ("A18",)),
    Planted("range doubled", in_pictures(pale), "wrong range", ("A18",)),
    Planted("axes mixed", in_pictures(mixed_axes), "mixed planes", ("A19",)),
    Planted("mosaics", in_pictures(mosaics), "mosaics", ("A15",)),
    Planted("subtitles", in_pictures(subtitles), "subtitles", ("A16",), is_fault=False),
    Planted("blank pictures", in_pictures(blank), "blank pictures", ("A33",), is_fault=False),
)
