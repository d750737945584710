"""`storybench twin didemo`: a raw DiDeMo release of the toy world.

Writes what a user who has fetched DiDeMo has on disk: `train_data.json`, `val_data.json`,
`test_data.json`, `video_licenses.txt`, `yfcc100m_hash.txt`, `frame_rate_clean.p` and `videos/`, in
the real schema and with the real quirks (LisaAnne/LocalizingMoments@b6a555c: data/, README.md,
download/download_videos_AWS.py), plus `twin.json`, which says that this is a twin and what is
true of every video. `twin.json` is written last.

A rotation flag is written where PyAV can write one (18 and newer; see `storydata.twin.film.video`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from storybench.files import write_atomic
from storybench.types import Progress
from storydata.kit.building.engines import Engine, engine
from storydata.twin.claim import Claim, Kind, claim, drawn_facts, make_claim, sign
from storydata.twin.didemo.annotations import Description, describe
from storydata.twin.didemo.film import clock_of, facts, write_film
from storydata.twin.didemo.plan import (
    FILM_NAME,
    LICENCES,
    SPLITS,
    VideoPlan,
    licence_kind,
    licence_url,
    make_stem,
    plan_videos,
    video_rng,
)
from storydata.twin.didemo.rates import rate_table
from storydata.twin.world.cast import DIDEMO_CAST
from storydata.twin.world.settings import SETTINGS

VERSION = 2
"""Raised when the same seed no longer gives the same release."""

VIDEOS = "videos"
TEXTS = (
    "train_data.json",
    "val_data.json",
    "test_data.json",
    "video_licenses.txt",
    "yfcc100m_hash.txt",
    "frame_rate_clean.p",
)
"""The files of a release beside its videos."""

KIND = Kind(
    "didemo",
    drawn=re.compile(f"{VIDEOS}/{FILM_NAME}"),
    sections=("videos",),
    texts=TEXTS,
    packages=("av", "numpy", "pillow"),
    is_labelled=False,
)

LICENCE_HEADER = "VideoID\t\tOriginal Download Link (From YFCC100M)\t\t\t\t\t\tLicense"
HASH_LENGTH = 30
EXTRA = 2**32
"""Position of videos that are listed and not annotated."""


def write_release(
    raw: Path,
    *,
    stories: int = 60,
    seed: int = 0,
    numbered: bool = False,
    held_out: str | None = None,
    workers: int = 1,
    on_progress: Progress | None = None,
) -> Mapping[str, int]:
    """Write a raw DiDeMo release that builds into at least `stories` stories of three frames.

    The same arguments give the same files, whatever the number of workers: drawn pixels, captions
    and lists on every machine, the bytes of the MP4s on processors with the same vector units and
    the same versions of PyAV, numpy and Pillow. From 6 stories on, every quirk of the real release
    is there.

    It can be stopped at any moment; the same call goes on, and keeps every film that is finished.

    Args:
        raw: a new or empty folder, or one that holds a twin: the same one is continued or kept,
            another is replaced.
        stories: how many stories the default build shall find, over all three splits.
        seed: which world.
        numbered: paint each frame's number into it (`storydata.twin.film.numbers` reads it).
        held_out: nobody: frames are not labelled with characters.
        workers: how many processes draw and encode.
        on_progress: called with videos done and to do, from those that stand already.

    Returns:
        How many "annotation files", "descriptions", "videos" and "side files" it holds.

    Raises:
        InputError: fewer than one story or worker, a negative seed, a folder with other things, or
            a character that is held out.
        MissingError: a worker was killed, most likely for want of memory.
        NoSpaceError: the disk is full.
    """
    plans, runner = plan_videos(stories, seed), engine(workers)
    ours = make_claim(
        KIND,
        version=VERSION,
        stories=stories,
        seed=seed,
        numbered=numbered,
        held_out=held_out,
        files=[f"{VIDEOS}/{plan.file_name}" for plan in plans],
    )
    claim(raw, KIND, ours)
    _write_films(raw / VIDEOS, plans, runner, numbered=numbered, on_progress=on_progress)
    descriptions = {plan.stem: describe(plan, k) for k, plan in enumerate(plans)}
    for name, text in _texts(plans, descriptions, seed).items():
        write_atomic(raw / name, text.encode())
    sign(raw, _facts(raw, plans, descriptions, ours))
    return {
        "annotation files": len(SPLITS),
        "descriptions": sum(map(len, descriptions.values())),
        "videos": len(plans),
        "side files": len(TEXTS) - len(SPLITS),
    }


def _write_films(
    videos: Path,
    plans: Sequence[VideoPlan],
    runner: Engine,
    *,
    numbered: bool,
    on_progress: Progress | None,
) -> None:
    """Those that are not there, longest first: no worker is left alone with a long one."""
    report = on_progress or (lambda done, total, unit: None)
    todo = [plan for plan in plans if not (videos / plan.file_name).is_file()]
    todo.sort(key=lambda plan: -len(clock_of(plan).ticks))
    n_kept = len(plans) - len(todo)
    report(n_kept, len(plans), "videos")
    task = partial(write_film, videos, numbered=numbered)
    for done, _ in enumerate(runner.run(task, todo), start=n_kept + 1):
        report(done, len(plans), "videos")


def _texts(
    plans: Sequence[VideoPlan], descriptions: Mapping[str, Sequence[Description]], seed: int
) -> dict[str, str]:
    """Every file of the release beside its videos, by name."""
    annotations = [_annotations(split, seed, plans, descriptions) for split in SPLITS]
    others = (*_lists(plans, seed), rate_table(plans))
    return dict(zip(TEXTS, (*annotations, *others), strict=True))


def _annotations(
    split: str,
    seed: int,
    plans: Sequence[VideoPlan],
    descriptions: Mapping[str, Sequence[Description]],
) -> str:
    """Records in no order, on one line, as in the real files."""
    records = [one.record for p in plans if p.split == split for one in descriptions[p.stem]]
    order = video_rng(seed, split, EXTRA, 1).permutation(len(records))
    return json.dumps([records[int(k)] for k in order])


def _lists(plans: Sequence[VideoPlan], seed: int) -> tuple[str, str]:
    """Licences and hashes, of these videos and of a few more: each licence occurs."""
    stems = [plan.stem for plan in plans]
    for k in range(-len(stems) % len(LICENCES) + len(LICENCES)):
        stems.append(make_stem(video_rng(seed, "train", EXTRA + k, 2)))
    licences, hashes = [LICENCE_HEADER], []
    for k, stem in enumerate(stems):
        owner, flickr_id, secret = stem.split("_")
        link = f"http://www.flickr.com/videos/{owner}/{flickr_id}/play/orig/{secret}/"
        licences.append(f"{flickr_id}\t{link}\t{licence_url(licence_kind(k))}")
        digits = video_rng(seed, "train", k, 3).integers(0, 16, HASH_LENGTH)
        hashes.append(f"{flickr_id}\t{''.join(f'{digit:x}' for digit in digits)}")
    return "\n".join(licences) + "\n", "\n".join(hashes) + "\n"


def _facts(
    raw: Path,
    plans: Sequence[VideoPlan],
    descriptions: Mapping[str, Sequence[Description]],
    ours: Claim,
) -> dict[str, Any]:
    """What `twin.json` holds."""
    return {
        **ours.facts(),
        "cast": DIDEMO_CAST.facts,
        "settings": list(SETTINGS),
        "videos": {
            plan.stem: _video_facts(raw, plan, k, descriptions[plan.stem])
            for k, plan in enumerate(plans)
        },
    }


def _video_facts(
    raw: Path, plan: VideoPlan, number: int, descriptions: Sequence[Description]
) -> dict[str, Any]:
    captions = {
        str(one.record["annotation_id"]): {**asdict(one.caption), "shot": one.shot}
        for one in descriptions
    }
    return {
        **facts(plan),
        **drawn_facts(raw, f"{VIDEOS}/{plan.file_name}"),
        "licence": licence_url(licence_kind(number)),
        "captions": captions,
        "n_stories": plan.n_stories,
    }
