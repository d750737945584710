"""A mapping file for `storybench preds convert`: which slot each file truly shows."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from storybench.errors import InputError
from storybench.files import write_atomic
from storybench.predictions.doctor.diagnosis import Diagnosis
from storybench.predictions.reader import Predictions
from storybench.shards.reader import Stories


def write_mapping(
    diagnosis: Diagnosis, predictions: Predictions, stories: Stories, out: Path
) -> int:
    """Write file,story,frame under the best hypothesis; returns how many files it names.

    Pictures that show the source, or nothing of the split, are left out; slots that no file shows
    stay missing, and `preds convert` says so.

    Raises:
        InputError: the set is not misaligned in a way that names a slot for each picture, or its
            pictures do not lie in files of their own.
    """
    found = diagnosis.alignment
    truly = None if found is None else found.truly
    if truly is None:
        verdict = "not examined" if found is None else found.outcome
        raise InputError(
            f"Expected misaligned predictions whose order is known, found {verdict}: there is no "
            "mapping to write."
        )
    present = [story_id for story_id in stories.ids if story_id in set(predictions.story_ids)]
    rows: dict[tuple[str, int], str] = {}
    for i, story_id in enumerate(present):
        for place, k in enumerate(truly.k[i].tolist(), start=1):
            story = int(truly.story[i, place - 1])
            if not (0 <= story < len(present) and 1 <= k <= truly.k.shape[1]):
                continue
            if place in predictions.frames(story_id):
                rows.setdefault((present[story], k), _file(predictions, story_id, place))
    write_atomic(out, _csv(rows).encode())
    return len(rows)


def _file(predictions: Predictions, story_id: str, k: int) -> str:
    """The path of a picture's own file below the folder."""
    picture = predictions.picture(story_id, k)
    if picture.encoded() is None:
        raise InputError(
            f"Expected pictures in files of their own, found {picture.name}. Convert the set first "
            "(`storybench preds convert`), then write the mapping of the converted one."
        )
    return picture.file.relative_to(predictions.directory).as_posix()


def _csv(rows: dict[tuple[str, int], str]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("file", "story", "frame"))
    writer.writerows((file, story, k) for (story, k), file in sorted(rows.items()))
    return text.getvalue()
