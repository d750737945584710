"""Write recognised pictures in the canonical layout, losslessly, and the empty tree to fill.

`convert` goes through `PredictionWriter`, so that it continues where it was stopped and writes
`predictions.json` last. It never fills gaps: stories that lack a target are refused. And it washes
nothing clean: pictures that were JPEG stay known as such, and predictions that were made from other
data are refused, as they are where they lie.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from storybench.errors import PredictionError
from storybench.files import write_atomic
from storybench.predictions.container import Container
from storybench.predictions.layouts.recognition import Recognition
from storybench.predictions.layouts.split import Split
from storybench.predictions.manifest import PredictionManifest, Run
from storybench.predictions.names import MANIFEST, frame_name, story_dir
from storybench.predictions.reader import Predictions
from storybench.predictions.store import UNKNOWN_MODEL, PredictionSet, PredictionWriter
from storybench.types import Prediction, Progress

README = "README.md"
SHOWN = 5


def convert(
    recognition: Recognition,
    out: Path | str,
    *,
    split: Split,
    model: Mapping[str, Any] | None = None,
    seed: int = 0,
    on_progress: Progress | None = None,
) -> PredictionSet:
    """Write every target as `<story id>/<k>.png`, pixel for pixel, and `predictions.json`.

    Args:
        recognition: of the folder to convert, without open questions.
        out: a new folder, or one where this very conversion was stopped.
        split: the split that it was recognised for.
        model: what the model is; named "unknown" if None.
        seed: the seed of its run.
        on_progress: called after each story.

    Raises:
        PredictionError: the layout is refused or asked about; a target is missing; a picture is
            damaged, not square or under 64 pixels; the pictures were drawn for other data; or `out`
            holds something else.
        VerificationError: `predictions.json` or a picture was changed after it was written.
        InputError: another program is writing there.
    """
    source = recognition.require().predictions()
    made = source.made
    if made is not None:
        _check_same_data(made, split, recognition.directory)
    _check_complete(recognition)
    _check_apart(recognition.directory, Path(out))
    run = Run(
        dataset=split.dataset,
        split=split.name,
        data_digest=split.data_digest,
        n_targets=split.n_targets,
        model=dict(model or _described(made, recognition)),
        seed=seed if made is None else made.seed,
        n_candidates=1 if made is None else made.n_candidates,
    )
    containers: dict[str, tuple[Container | None, ...]] = {}
    with PredictionWriter(out, run) as writer:
        for done, story_id in enumerate(split.ids, start=1):
            if not writer.has(story_id):
                writer.add(_story(source, story_id, split.n_targets, run.seed))
            containers[story_id] = tuple(
                source.lossy(story_id, k) or source.picture(story_id, k).container()
                for k in range(1, split.n_targets + 1)
            )
            if on_progress is not None:
                on_progress(done, len(split.ids), "stories")
        return writer.finish(containers=containers)


def lay_out(directory: Path | str, split: Split) -> Path:
    """Write the empty canonical tree: a folder a story, and a README that says what goes where.

    Raises:
        PredictionError: the folder is there and not empty.
    """
    folder = Path(directory)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise PredictionError(f"Expected a new or empty folder at {folder}, found something in it.")
    for story_id in split.ids:
        story_dir(folder, story_id).mkdir(parents=True, exist_ok=True)
    write_atomic(folder / README, _readme(split).encode())
    return folder


def _check_same_data(manifest: PredictionManifest, split: Split, directory: Path) -> None:
    """Only the pictures of this very split can be converted for it."""
    facts = (
        ("split", manifest.split, split.name),
        ("story length", f"{manifest.n_targets} targets", f"{split.n_targets} targets"),
        ("data", manifest.data_digest, split.data_digest),
    )
    for what, stated, wanted in facts:
        if stated != wanted:
            raise PredictionError(
                f"Expected predictions for the {what} {wanted:.12} of {split.dataset}, found a "
                f"run on {stated:.12} ({manifest.dataset}) in {directory / MANIFEST}. A conversion "
                "does not make them those of other data: name the shards and the split that they "
                "were made from, or generate again."
            )


def _check_complete(recognition: Recognition) -> None:
    missing = recognition.missing
    if missing:
        shown = ", ".join(f"{story}/{frame_name(k)}" for story, k in missing[:SHOWN])
        more = f" and {len(missing) - SHOWN:,} more" if len(missing) > SHOWN else ""
        raise PredictionError(
            f"Expected {recognition.n_targets_expected:,} targets in {recognition.directory}, "
            f"found {recognition.n_targets_found:,}: {shown}{more} are missing. A set with gaps is "
            "not converted: sample the rest."
        )


def _check_apart(source: Path, out: Path) -> None:
    inner, outer = out.resolve(), source.resolve()
    if inner == outer or outer in inner.parents:
        raise PredictionError(
            f"Expected a folder outside {source} to convert into, found {out}. Name another."
        )


def _story(source: Predictions, story_id: str, n_targets: int, seed: int) -> Prediction:
    images = [source.image(story_id, k) for k in range(1, n_targets + 1)]
    if len({image.shape for image in images}) > 1:
        sizes = ", ".join(f"{image.shape[1]} x {image.shape[0]}" for image in images)
        raise PredictionError(f"Expected frames of one size in story {story_id}, found {sizes}.")
    return Prediction(story_id, np.stack(images), seed=seed)


def _described(made: PredictionManifest | None, recognition: Recognition) -> dict[str, Any]:
    model = UNKNOWN_MODEL if made is None else made.model
    return {**model, "converted_from": recognition.layout.name}


def _readme(split: Split) -> str:
    example, n = split.ids[0], split.n_targets
    manifest = {
        "dataset": split.dataset,
        "split": split.name,
        "data_digest": split.data_digest,
        "n_stories": len(split.ids),
        "n_targets": n,
    }
    return f"""# Predictions for {split.dataset} {split.name}

One folder a story, named by the story's id: {len(split.ids):,} stories. Put the generated targets
1 to {n} into each: `{example}/1.png` … `{example}/{n}.png`. Frame 0 is the given source and
does not belong here.

- PNG (or lossless WebP), 8-bit RGB, square, at least 64 pixels wide, all of one size.
- `storybench doctor DIR --data SHARDS` says what is missing; `storybench eval` scores.
- `predictions.json` is not needed to score. `storybench generate` and `storybench preds convert`
  write one, with the model's name and the hash of every picture; a submission needs it.

```json
{json.dumps(manifest, indent=2)}
```
"""
