"""The folder of `storybench analyse attention`: mean looks of all stories, and pages of a few.

::

    maps.png               the mean look of each layer
    maps.npy               the same as numbers, float32 (layers, rows, places)
    story-….png            a story's source, and where each of its targets looks in it
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from storybench.files import space_guard, write_atomic
from storybench.images import centre_square, encode_png
from storymodels.storydalle.analysis.looking import look
from storymodels.storydalle.analysis.measuring import Measured, Subject
from storymodels.storydalle.analysis.picturing import Layer, Shown, layers_page, story_page
from storymodels.storydalle.analysis.swapping import Read, read
from storymodels.storydalle.retro import EVERY
from storymodels.storydalle.tokenizer import END_OF_WORD, UNKNOWN

PAGES = 4
"""Stories that have a page, at most."""


def write_pictures(out: Path, subject: Subject, found: Measured, verdict: str) -> list[str]:
    """Write them; returns the names of the files.

    Raises:
        NoSpaceError: the disk is full.
    """
    with space_guard(out):
        out.mkdir(parents=True, exist_ok=True)
    files = {"maps.png": encode_png(_maps(subject, found, verdict)), "maps.npy": _npy(found)}
    n = len(subject.stories)
    for row in sorted({round(at) for at in np.linspace(0, n - 1, min(PAGES, n))}):
        name = f"story-{subject.stories.ids[row]}.png"
        files[name] = encode_png(story_page(_shown(subject, found, row)))
    for name, data in files.items():
        write_atomic(out / name, data)
    return sorted(files)


def _maps(subject: Subject, found: Measured, verdict: str) -> np.ndarray:
    even = np.log(found.maps.shape[2])
    layers = [
        Layer(
            block=_block(k),
            weights=weights,
            n_text=found.n_text,
            line=f"entropy {entropy:.2f} nats, {entropy / even:.0%} of an even look; at most "
            f"{np.nanmax(weights) * weights.shape[1]:.1f} times the even share",
        )
        for k, (weights, entropy) in enumerate(zip(found.maps, _entropies(found), strict=True))
    ]
    title = f"Looks at the source, mean of {len(subject.stories):,} stories"
    return layers_page(layers, title=title, note=verdict)


def _shown(subject: Subject, found: Measured, row: int) -> Shown:
    stories, tokenizer = subject.stories, subject.tokenizer
    given, codes = subject.read([row])
    logits, looks = look(subject.model, given, codes)
    other = read(subject.model, subject.swapped([row], given)["other"], codes)
    saved = (other.nats - Read.of(logits, codes).nats)[0].double().cpu().numpy()
    captions = stories.captions(row)
    partner = stories.ids[subject.partners[row]]
    return Shown(
        name=stories.ids[row],
        frames=tuple(centre_square(stories.image(row, k)) for k in range(len(captions))),
        captions=captions,
        words=tuple(
            words_of(tokenizer.pieces(caption), n_rows=looks.n_text, added=tokenizer.added)
            for caption in captions[1:]
        ),
        weights=looks.weights.double().cpu().numpy(),
        blocks=tuple(map(_block, range(len(found.maps)))),
        sharpest=int(np.argmin(_entropies(found))),
        n_text=looks.n_text,
        saved=saved,
        line=f"Its own source saves {saved.mean():+.3f} nats per code over that of {partner}.",
    )


def words_of(
    pieces: Sequence[str], *, n_rows: int, added: Sequence[str] = ()
) -> dict[str, list[int]]:
    """The words of a caption and the rows of their tokens, of `n_rows` that there are.

    Words with characters that the tokenizer does not know are left out.

    >>> words_of(["din", "o</w>", "runs</w>"], n_rows=2)
    {'dino': [0, 1]}
    """
    found: dict[str, list[int]] = {}
    word, rows = "", []
    for row, piece in enumerate(pieces[:n_rows]):
        word, rows = word + piece.removesuffix(END_OF_WORD), [*rows, row]
        if piece.endswith(END_OF_WORD) or piece in added:
            if UNKNOWN not in word:
                found.setdefault(word, []).extend(rows)
            word, rows = "", []
    return found


def _entropies(found: Measured) -> np.ndarray:
    """Of rows that predict codes, the mean of all stories, (layers,)."""
    return found.entropy["picture"].mean(1)


def _block(layer: int) -> int:
    return EVERY * (layer + 1)


def _npy(found: Measured) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, found.maps.astype(np.float32), allow_pickle=False)
    return buffer.getvalue()
