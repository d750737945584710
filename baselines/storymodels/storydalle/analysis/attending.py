"""`storybench analyse attention`: is the source used, and where is it looked at?

Real frames go through the model, each code predicted from the real ones before it: with the story's
own source, with that of another story, and with none (a source of zeros, as story visualization is
shown). What is measured, and the keys of the answer:

=============  =====================================================================================
`verdict`      in a sentence or two; `uses_source` is None where too few episodes were looked at
`losses`       mean nats per code of real frames, with the source `own`, of an `other` story, `none`
`swaps`        how much more that is than with the own, story by story, and the share of the
               likeliest codes that are others then
`layers`       entropy of the looks of each layer: each head's by itself, then the mean of heads, of
               rows that predict codes (`picture`) and of those of tokens (`text`, without padding)
`drawn`        of a few stories, drawn by the likeliest codes, the share of codes that are others
               with the source of another story; of `first` codes alone; and where the source is
               swapped only `after_text` has been read, when codes come one by one
`stories`      nats per code of every story
=============  =====================================================================================

As released, frame k of t is given every t-th place of the source alone, where t divides their
number, so that even its looks have the entropy of that many fewer places.

Means are over stories, with standard errors and 95 % intervals that take the stories of an episode
as one (`spread`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from storybench.errors import InputError
from storybench.files import expect_folder, write_json
from storybench.types import Progress
from storymodels.storydalle.analysis.chosen import chosen
from storymodels.storydalle.analysis.measuring import SWAPS, Drawings, Measured, Subject, measured
from storymodels.storydalle.analysis.showing import write_pictures
from storymodels.storydalle.analysis.spread import Spread, spread
from storymodels.storydalle.drawing.generating import prepared
from storymodels.storydalle.drawing.opening import Parts, parts_of
from storymodels.storydalle.drawing.options import DrawOptions
from storymodels.storydalle.inputs.reading import Reading
from storymodels.storydalle.retro import EVERY

RECORD = "attention.json"


def attention(
    path: Path,
    data: Path,
    *,
    split: str = "val",
    limit: int | None = None,
    options: Mapping[str, Any] | None = None,
    on_progress: Progress | None = None,
) -> dict[str, Any]:
    """Look into a checkpoint; an analysis of `storybench.registry`.

    Args:
        path: a training run, one of its checkpoints, or a file of the public training script.
        data: a finished build.
        split: whose stories to look at.
        limit: at most so many, spread evenly over the split.
        options: `out`, a folder for `attention.json` and pictures; `seed`, of whose source is shown
            to whom; and of `storybench generate` `batch`, `device`, `dtype`, `mode`, `tokenizer`
            and `sentences`.
        on_progress: told as stories are read.

    Returns:
        What the docstring of this module lists, with what it rests on, and `files` that were
        written.

    Raises:
        MissingError: the checkpoint, something that it needs, or the build is not there.
        InputError: the model cannot look at a source, there are fewer than two stories, `out` is a
            file, or an option does not fit.
        NoSpaceError: the disk is full.
    """
    options = dict(options or {})
    out, seed = options.pop("out", None), int(options.pop("seed", 0))
    if out is not None:
        expect_folder(Path(out), what="the pictures")
    subject, described = _opened(
        path, data, DrawOptions.of(options), split=split, limit=limit, seed=seed
    )
    found = measured(subject, on_progress=on_progress)
    stories = subject.stories
    result = {
        **answer(found, stories.clusters),
        "stories": [
            {"id": name, "cluster": cluster, **{kind: of[row] for kind, of in found.nats.items()}}
            for row, (name, cluster) in enumerate(zip(stories.ids, stories.clusters, strict=True))
        ],
        "model": described,
        "split": split,
        "data_digest": stories.digest,
        "seed": seed,
    }
    if out is not None:
        result["files"] = [RECORD, *write_pictures(Path(out), subject, found, result["verdict"])]
        write_json(Path(out) / RECORD, result)
    return result


def answer(found: Measured, clusters: Sequence[str]) -> dict[str, Any]:
    """What was measured of stories of these clusters, as JSON values."""
    own = found.nats["own"]
    swaps = {name: spread(found.nats[name] - own, clusters) for name in SWAPS}
    uses, sentence = verdict(swaps["other"])
    return {
        "uses_source": uses,
        "verdict": f"{sentence} {of_drawings(found.drawings)}",
        "losses": {name: float(of.mean()) for name, of in found.nats.items()},
        "swaps": {
            name: {**asdict(of), "codes_changed": float(found.changed[name].mean())}
            for name, of in swaps.items()
        },
        "layers": [_layer(found, layer, clusters) for layer in range(len(found.maps))],
        "drawn": asdict(found.drawings),
        "n_stories": len(own),
        "n_clusters": len(set(clusters)),
    }


def verdict(change: Spread) -> tuple[bool | None, str]:
    """Whether the source is used, by what another's costs, in nats per code; and a sentence.

    >>> verdict(Spread(0.0, 0.0, 0.0, 0.0))
    (False, "The source is not used: another story's changes no loss at all.")
    """
    if change.low is None or change.high is None:
        return None, (
            f"Too few episodes to say whether the source is used: with another story's, real "
            f"frames cost {change.mean:+.4f} nats per code."
        )
    if change.mean == 0 and change.standard_error == 0:
        return False, "The source is not used: another story's changes no loss at all."
    cost = (
        f"{change.mean:+.4f} nats per code (95% interval {change.low:+.4f} to {change.high:+.4f})"
    )
    said = "No use of the source is seen"
    if change.low > 0:
        said = "The source is used"
    elif change.high < 0:
        said = "The source misleads"
    return change.low > 0, f"{said}: with another story's, real frames cost {cost}."


def of_drawings(found: Drawings) -> str:
    """What another source changes in codes that are drawn, in a sentence."""
    late = "none" if found.after_text == 0 else f"{found.after_text:.1%}"
    return (
        f"In what is drawn it changes {found.other:.1%} of the codes; {late} if it is swapped when "
        f"the text has been read and codes come one by one ({found.n} stories)."
    )


def _layer(found: Measured, layer: int, clusters: Sequence[str]) -> dict[str, Any]:
    """A layer's entropies, with their share of that of an even look."""
    even = float(np.log(found.maps.shape[2]))
    kinds: dict[str, Any] = {"picture": None, "text": None}
    for kind, of in found.entropy.items():
        there = np.isfinite(of[layer])
        if there.any():
            mean = spread(of[layer][there], np.asarray(clusters)[there].tolist())
            kinds[kind] = {**asdict(mean), "share_of_even": mean.mean / even}
    return {"block": EVERY * (layer + 1), **kinds}


def _opened(
    path: Path, data: Path, asked: DrawOptions, *, split: str, limit: int | None, seed: int
) -> tuple[Subject, dict[str, Any]]:
    """The checkpoint with the stories that it is to read, and what it is."""
    settings = asked.settings()
    parts = parts_of(path, asked, data)
    _expect_looks(parts, path)
    stories = chosen(data, split, limit=limit)
    if len(stories) < 2:
        raise InputError(
            f"Expected at least two stories to swap the sources of, found {len(stories)} in "
            f"{stories!r}. Choose another --split, or a higher --limit."
        )
    model = prepared(parts.model, settings)
    reading = Reading.of(model, stories, tokenizer=parts.tokenizer, sentences=parts.sentences)
    described = {**parts.described, "device": settings.device, "dtype": settings.dtype}
    subject = Subject(model, stories, reading, parts.tokenizer, batch=settings.batch, seed=seed)
    return subject, described


def _expect_looks(parts: Parts, path: Path) -> None:
    if parts.model.retro is None:
        is_public = parts.described["checkpoint"] == "public"
        hint = " With --mode released it has the one that upstream draws." if is_public else ""
        raise InputError(
            "Expected a model that looks at its source, found one without retro cross-attention "
            f"in {path}: there is nothing to look into.{hint}"
        )
    if not parts.model.size.story.sees_source:
        raise InputError(
            "Expected a model that looks at its source, found one of story visualization in "
            f"{path}: all its stories are shown the same empty source."
        )
