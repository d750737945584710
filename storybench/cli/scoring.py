"""`storybench eval`: scores with intervals, under a named protocol or under every one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from storybench.cli import asked, console, preds
from storybench.cli.job import Job, say_notes, say_recognised
from storybench.cli.options import Data, Json, Preds, Split, Workers, given
from storybench.cli.scores import show_controls, show_machine, show_reports
from storybench.errors import InputError
from storybench.files import expect_folder
from storybench.metrics.device import use

if TYPE_CHECKING:
    from storybench.evaluate import Machine, Subject
    from storybench.evaluate.controls import ControlRow
    from storybench.metrics.evidence import Options
    from storybench.report.differences import Change
    from storybench.types import Evaluation, Progress, Report

EVERY = "all"
"""What `--protocol` says for the time machine."""


def evaluate(
    context: typer.Context,
    predictions: Preds,
    data: Data,
    split: Split = "test",
    protocol: asked.Named = "sb-v1",
    metrics: asked.Metrics = None,
    extractor: asked.Network = None,
    weights: asked.Weights = None,
    classifier: asked.Judge = None,
    clip: asked.Clip = None,
    dino: asked.Dino = None,
    device: asked.Device = None,
    out: asked.Out = None,
    report: asked.Copy = None,
    like: asked.Like = None,
    controls: asked.Controls = False,
    force: asked.Force = False,
    fresh: asked.Fresh = False,
    workers: Workers = 1,
    layout: preds.Layout = None,
    run: preds.Run = None,
    order: preds.Order = None,
    first_index: preds.FirstIndex = None,
    first_frame: preds.FirstFrame = None,
    frames_per_story: preds.FramesPerStory = None,
    batch_size: preds.BatchSize = None,
    values: preds.Range = None,
    channel_order: preds.ChannelOrder = None,
    mapping: preds.Mapping = None,
    as_json: Json = False,
) -> None:
    """Score predictions against the real frames, with 95 % intervals.

    Recognises any known layout, examines it as `storybench doctor` does, and leaves a folder:
    report.json, stories.parquet, tables in Markdown and LaTeX, and index.html with pictures.

    Example: storybench eval --preds preds/copy-source --data shards/ --extractor twin
    """
    _begin(device)
    places = (first_index, first_frame, frames_per_story, batch_size)
    answers = preds.answers(layout, run, order, *places, values, channel_order, mapping)
    job = Job(
        predictions=predictions, data=data, split=split, protocol=protocol, out=out, force=force,
        extractor=extractor, weights=weights, answers=answers, workers=workers, remember=not fresh,
        options=_options(classifier, clip, dino), metrics=tuple(metrics or ()),
    )  # fmt: skip
    if like is not None:
        job = job.like(like, asked=given(context, "split", "protocol"))
    expect_folder(job.folder(), what="the report")
    if job.protocol == EVERY:
        _check_every(report=report, controls=controls, metrics=metrics)
        _run_all(job, as_json=as_json)
    else:
        _run_one(job, report=report, like=like, with_controls=controls, as_json=as_json)


def _options(classifier: Path | None, clip: Path | None, dino: Path | None) -> Options:
    from storybench.metrics.evidence import Options

    return Options(classifier=classifier, clip=clip, dino=dino)


def _begin(device: str | None) -> None:
    """Choose the device; of processes that share the work, let the first alone speak."""
    from storybench.metrics import ranks

    use(device)
    if not ranks.is_first():
        console.hush()


def _check_every(**given: object) -> None:
    """Refuse options that belong to one protocol."""
    for option in (f"--{name}" for name, value in given.items() if value):
        raise InputError(
            f"Expected {option} with one protocol, found it with --protocol {EVERY}. Name the "
            "protocol, or leave it out."
        )


def _run_one(
    job: Job, *, report: Path | None, like: Path | None, with_controls: bool, as_json: bool
) -> None:
    from storybench.metrics import ranks
    from storybench.report.record import read_report, write_report

    old = None if like is None else read_report(like)
    subject, found, rows = _scored(job, with_controls=with_controls)
    if not ranks.is_first():
        return
    folder = _write(found, job.folder(), subject)
    if report is not None:
        write_report(found.report, report)
    changes = _changes(old, found.report)
    if as_json:
        console.emit_json(
            {
                "folder": str(folder),
                "report": str(report or folder / "report.json"),
                "notes": _notes(subject),
                "controls": [dataclasses.asdict(row) for row in rows],
                "differences": [dataclasses.asdict(change) for change in changes],
                **dataclasses.asdict(found.report),
            }
        )
        return
    show_reports([found.report])
    if rows:
        show_controls(rows, found.report)
    if old is not None:
        _say_changes(changes)
    say_notes(subject.diagnosis)
    _warn_of_unknown(subject)
    _offer_more(found.report)
    console.hint(f"Written to {folder}; open {folder / 'index.html'}")


def _scored(job: Job, *, with_controls: bool) -> tuple[Subject, Evaluation, tuple[ControlRow, ...]]:
    from storybench.evaluate import (
        Described,
        Known,
        beside,
        evaluate_controls,
        evaluate_prepared,
        prepare_for,
    )
    from storybench.protocols import catalogue

    rules = catalogue.get(job.protocol)
    beside(rules, job.metrics)
    behind = Described(rules, job.extractor, job.weights, remember=job.remember)
    with console.progress("Scoring") as on_progress:
        subject = _prepared(job, partial(prepare_for, rules), on_progress)
        how = {"options": job.options, "metrics": job.metrics}
        known = Known(subject, rules, behind.facts, **how)
        recalled = known.recall()
        found = recalled or evaluate_prepared(
            subject, rules, behind.network, **how, on_progress=on_progress
        )
    if recalled is None:
        known.keep(found)
    else:
        console.hint("Known from an earlier run of these very files; --fresh computes it anew.")
    if not with_controls:
        return subject, found, ()
    rows = evaluate_controls(
        subject,
        rules,
        extractor=job.extractor,
        weights=job.weights,
        options=job.options,
        metrics=job.metrics,
    )
    return subject, found, rows


def _prepared(job: Job, prepare: Callable[..., Subject], on_progress: Progress) -> Subject:
    return prepare(
        job.predictions,
        job.data,
        split=job.split,
        answers=job.answers,
        force=job.force,
        remember=job.remember,
        workers=job.workers,
        on_recognised=say_recognised,
        on_progress=on_progress,
    )


def _run_all(job: Job, *, as_json: bool) -> None:
    from storybench.evaluate import prepare, require_whole, run_machine
    from storybench.files import write_atomic
    from storybench.metrics import ranks
    from storybench.report.waterfall import page

    with console.progress("Scoring") as on_progress:
        subject = _prepared(job, prepare, on_progress)
        require_whole(subject)
        machine = run_machine(
            subject,
            extractor=job.extractor,
            weights=job.weights,
            options=job.options,
            on_progress=on_progress,
        )
    if not ranks.is_first():
        return
    folder = job.folder()
    reports = {name: found.report for name, found in machine.evaluations.items()}
    for name, found in machine.evaluations.items():
        _write(found, folder / name, subject)
    drawn = page(machine.waterfalls, reports, machine.left_out)
    write_atomic(folder / "waterfall.html", drawn.encode())
    if as_json:
        console.emit_json({"folder": str(folder), **_machine_json(machine)})
        return
    show_machine(machine)
    say_notes(subject.diagnosis)
    console.hint(f"Written to {folder}; the charts are in {folder / 'waterfall.html'}")


def _machine_json(machine: Machine) -> dict[str, Any]:
    return {
        "protocols": {
            name: dataclasses.asdict(found.report) for name, found in machine.evaluations.items()
        },
        "waterfalls": [dataclasses.asdict(one) for one in machine.waterfalls],
        "left_out": dict(machine.left_out),
    }


def _write(found: Evaluation, folder: Path, subject: Subject) -> Path:
    from storybench.report.folder import write

    return write(
        found,
        folder,
        predictions=subject.predictions,
        stories=subject.stories,
        notes=_notes(subject),
    )


def _notes(subject: Subject) -> list[str]:
    return [problem.message for problem in subject.diagnosis.problems]


def _changes(old: Report | None, new: Report) -> tuple[Change, ...]:
    from storybench.report.differences import differences

    return () if old is None else differences(old, new)


def _say_changes(changes: tuple[Change, ...]) -> None:
    from storybench.report.differences import say

    if not changes:
        console.say("The run repeats: nothing differs from the report.")
    for change in changes:
        console.say(say(change))


def _offer_more(report: Report) -> None:
    """Name the metrics that were not asked for, unless some were."""
    from storybench import registry
    from storybench.protocols import catalogue

    ran = set(report.scores[0].settings.get("metrics", ())) if report.scores else set()
    more = [name for name in registry.names("metrics") if name not in ran]
    if more and ran <= set(catalogue.get(report.protocol).metrics):
        console.hint(f"Beside the protocol's metrics there are {', '.join(more)}: --metrics all")


def _warn_of_unknown(subject: Subject) -> None:
    """Say what keeps these predictions from being submitted: no manifest, or no name in it."""
    from storybench.report.text import name_of

    predictions = subject.predictions
    if predictions.manifest is None:
        lacks = (
            "has no predictions.json, so the names in it are all that says which story each "
            "picture is of"
        )
    elif name_of(predictions.model) == "unknown":
        lacks = "has a predictions.json that does not name the model"
    else:
        return
    console.warn(
        f"{predictions.directory} {lacks}. Such a set can be scored, not submitted; `storybench "
        "preds convert --model NAME` writes one that can."
    )
