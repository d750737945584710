"""The whole of a study: worlds, trainings, claims."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from storybench.errors import InputError, MissingError
from storybench.evaluate import versions
from storybench.files import sha256_file, sha256_json, write_atomic, write_json
from storybench.metrics.classifier.loading import load
from storybench.reproduce import folder as places
from storybench.reproduce.folder import Folder
from storybench.reproduce.judging import Answer, better, better_character, swapped
from storybench.reproduce.picturing import write_sheet
from storybench.reproduce.results import Results
from storybench.reproduce.trying import Try, Trying
from storybench.reproduce.worlds import make_worlds
from storybench.studies import Better, BetterCharacter, Study, Swapped
from storybench.types import Progress

SEEDS = (0, 1, 2)


def reproduce(
    study: Study,
    out: Path,
    *,
    seeds: Sequence[int] = SEEDS,
    init: Path | None = None,
    workers: int = 1,
    on_progress: Progress | None = None,
    say: Callable[[str], None] = lambda sentence: None,
) -> Results:
    """Carry out a study in `out`, or go on with it; writes results.json, results.md and sheet.png.

    Args:
        study: what is tried.
        out: a new folder, or that of this very study.
        seeds: one training each; they can be added to later.
        init: weights to start every training from; None for the trainer's own.
        workers: processes that draw and build.
        on_progress: told of every story, step and picture.
        say: told when a world, a training or a claim is done.

    Raises:
        InputError: no seed or one twice, or `out` is another study's.
        MissingError: weights or a package is missing.
        StorybenchError: as drawing, building, training, drawing and scoring do.
    """
    if not seeds or len(set(seeds)) < len(seeds):
        raise InputError(f"Expected different seeds, found {list(seeds) or 'none'}.")
    started = time.monotonic()
    folder, origin = Folder(out), _digest(init)
    folder.claim({"study": sha256_json(dataclasses.asdict(study)), "origin": origin})
    digests = make_worlds(study, folder, workers=workers, on_progress=on_progress)
    say(f"Worlds: {', '.join(digests)}.")
    trying = Trying(study, folder, init, on_progress)
    tries: dict[str, list[Try]] = {name: [] for name in study.trainings}
    for seed in seeds:  # so that one seed of everything is there first
        for name, of in tries.items():
            of.append(trying.one(name, seed))
            say(f"{name}, seed {seed}: {of[-1].cost['steps']:,} steps, {_first(of[-1])}")
    answers = _answers(study, folder, trying, tries, seeds)
    found = Results(
        about=study.about,
        seeds=tuple(seeds),
        data=digests,
        origin=origin,
        classifier=dict(load(folder.classifier).describe()),
        costs={name: tuple(dict(one.cost) for one in of) for name, of in tries.items()},
        overruled={
            folder.preds(name, seed).name: one.faults
            for name, of in tries.items()
            for seed, one in zip(seeds, of, strict=True)
            if one.faults
        },
        n_stories={name: len(of[0].evaluation.stories) for name, of in tries.items()},
        answers=answers,
        made_on={"processors": os.cpu_count(), **versions()},
        seconds=time.monotonic() - started,
    )
    write_sheet(out / places.SHEET, {name: of[0] for name, of in tries.items()})
    write_atomic(out / places.TABLE, found.table().encode())
    write_json(out / places.RESULTS, found.record())
    return found


def _answers(
    study: Study,
    folder: Folder,
    trying: Trying,
    tries: Mapping[str, Sequence[Try]],
    seeds: Sequence[int],
) -> tuple[Answer, ...]:
    answers: list[Answer] = []
    for claim in study.claims:
        match claim:
            case Better():
                answers += better(claim, tries)
            case BetterCharacter():
                answers.append(better_character(claim, tries, load(folder.classifier)))
            case Swapped():
                answers += swapped(claim, [trying.look(claim.training, seed) for seed in seeds])
    return tuple(answers)


def _first(one: Try) -> str:
    """The first score, in words."""
    score = one.evaluation.report.scores[0]
    return f"{score.metric} {score.value:.3f}."


def _digest(init: Path | None) -> str | None:
    """Of a file, or of all files of a folder."""
    if init is None:
        return None
    if init.is_file():
        return sha256_file(init)
    files = sorted(path for path in init.rglob("*") if path.is_file())
    if not files:
        raise MissingError(f"Expected weights to start from at {init}, found nothing there.")
    return sha256_json({path.relative_to(init).as_posix(): sha256_file(path) for path in files})
