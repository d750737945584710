"""What is to be scored: a set of predictions, opened, examined, and the split it is of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from storybench.errors import InputError, PredictionError
from storybench.evaluate.examined import examined
from storybench.predictions import layouts
from storybench.predictions.doctor.diagnosis import Diagnosis
from storybench.predictions.doctor.other_split import other_split_stated
from storybench.predictions.doctor.typed import Typed
from storybench.predictions.fingerprint import fingerprint
from storybench.predictions.reader import Predictions
from storybench.protocols.protocol import Protocol
from storybench.shards.clips import Clips
from storybench.shards.reader import Stories
from storybench.types import Progress

TRAIN = "train"

OnRecognised = Callable[[layouts.Recognition], None]


@dataclass(frozen=True, eq=False)
class Subject:
    """Predictions that can be scored, the stories they are of, and what the doctor said.

    `answers` are those that their layout was told, for the record; no paths. `fingerprint` is that
    of the set where what is found out about it may be recalled and kept (`evaluate.known`).
    """

    predictions: Predictions
    stories: Stories
    clips: Clips
    diagnosis: Diagnosis
    answers: Mapping[str, str] = field(default_factory=dict)
    fingerprint: str | None = None


def prepare(
    predictions: Predictions | Path | str,
    data: Path | str,
    *,
    split: str = "test",
    scored: Sequence[str] | None = None,
    answers: Mapping[str, object] | None = None,
    force: bool = False,
    remember: bool = False,
    workers: int = 1,
    on_recognised: OnRecognised | None = None,
    on_progress: Progress | None = None,
) -> Subject:
    """Open predictions and shards, and let the doctor look at them.

    Args:
        predictions: a folder in any layout that is recognised, or a reader of it.
        data: the shards they were made for.
        split: which split of the shards.
        scored: ids of the stories that must be there, all of the split if None. A set that has
            every story of the split is examined as a whole all the same.
        answers: what a layout cannot know from names, by option (see `layouts.OPTIONS`).
        force: score what the doctor calls misaligned or spoilt; the record tells what it said. A
            set that is not whole is refused all the same.
        remember: recall what is known of these very files, and keep what is found out.
        workers: processes that decode for the doctor; 0 means one a processor.
        on_recognised: called once it is known what lies in the folder, before anything is read.
        on_progress: called after each story.

    Raises:
        MissingError: no finished build.
        InputError: no such split, or no story in it.
        PredictionError: the layout is not known or must be asked for, the set is not whole, is of
            other data or another split, or does not belong to its stories.
        VerificationError: shards or pictures are not the ones that their hash promises.
    """
    stories = Stories(data, split)
    if not len(stories):
        raise InputError(f"Expected stories to score, found none in {stories!r}.")
    opened = open_predictions(predictions, stories, answers, on_recognised)
    _check_run(opened, stories, split)
    is_whole = set(stories.ids) <= set(opened.story_ids)
    ids = stories.ids if scored is None or is_whole else tuple(scored)
    mark = fingerprint(opened) if remember else None
    diagnosis = examined(
        opened,
        stories,
        ids,
        truth=stories if ids == stories.ids else _only(stories, ids),
        fingerprint=mark,
        workers=workers,
        on_progress=on_progress,
    )
    typed = Typed(Path(data), split, answers or {})
    if force:
        diagnosis.require_whole(typed)
    else:
        diagnosis.require(typed)
    return Subject(opened, stories, Clips(data), diagnosis, _for_the_record(answers), mark)


def open_predictions(
    predictions: Predictions | Path | str,
    stories: Stories,
    answers: Mapping[str, object] | None = None,
    on_recognised: OnRecognised | None = None,
) -> Predictions:
    """A reader of the folder, whatever its layout; a reader is given back as it is.

    Raises:
        PredictionError: the layout is not known, cannot be scored, or a question is open.
    """
    if not isinstance(predictions, str | Path):
        return predictions
    found = layouts.recognise(predictions, layouts.Split.of(stories), answers)
    if on_recognised is not None:
        on_recognised(found)
    return found.predictions()


def require_fit(rules: Protocol, dataset: str, fitting: Sequence[str]) -> None:
    """Refuse a protocol that was made for other datasets.

    Raises:
        InputError: it was; names those that fit.
    """
    if not rules.fits(dataset):
        raise InputError(
            f"Expected one of the datasets {', '.join(rules.datasets)} for protocol {rules.name}, "
            f"found {dataset}. Protocols that fit it: {', '.join(fitting)}."
        )


def _for_the_record(answers: Mapping[str, object] | None) -> dict[str, str]:
    return {
        name: str(value)
        for name, value in sorted((answers or {}).items())
        if value is not None and not isinstance(value, Path)
    }


def _only(stories: Stories, ids: Sequence[str]) -> Stories:
    """A prefix of the split, where the ids are one; the doctor compares with those alone."""
    view = stories[: len(ids)]
    return view if view.ids == tuple(ids) else stories


def _check_run(generated: Predictions, stories: Stories, split: str) -> None:
    """Refuse predictions that say they were made for something else."""
    made = generated.made
    if made is None:
        return
    if made.data_digest != stories.digest:
        raise PredictionError(
            f"Expected predictions made from the data {stories.digest[:12]}…, found ones made from "
            f"{made.data_digest[:12]}… ({made.dataset}). Score them with those shards, or "
            "generate again."
        )
    if (other := other_split_stated(generated, split)) is not None:
        raise PredictionError(f"{other.message} {other.fix}")
