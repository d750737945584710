"""`storybench twin didemo`: a raw DiDeMo release of the toy world.

Writes what a user who has fetched DiDeMo has on disk: `train_data.json`, `val_data.json`,
`test_data.json`, `video_licenses.txt`, `yfcc100m_hash.txt` and `videos/`, in the real schema and
with the real quirks (LisaAnne/LocalizingMoments@b6a555c: data/, README.md,
download/download_videos_AWS.py), plus `twin.json`, which says that this is a twin and what is
true of every video. `twin.json` is written last.

A rotation flag is written where PyAV can write one (18 and newer; see `storydata.twin.video`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from storybench.errors import InputError
from storybench.files import read_json, write_atomic, write_json
from storybench.types import Progress
from storydata.twin.characters import DIDEMO_CAST
from storydata.twin.didemo_annotations import Description, describe
from storydata.twin.didemo_film import clock_of, facts, write_film
from storydata.twin.didemo_plan import (
    LICENCES,
    SPLITS,
    VideoPlan,
    licence_kind,
    licence_url,
    make_stem,
    plan_videos,
    video_rng,
)
from storydata.twin.settings import SETTINGS

VERSION = 1
"""Raised when the same seed no longer gives the same release."""

FACTS = "twin.json"
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
    workers: int = 1,
    on_progress: Progress | None = None,
) -> Mapping[str, int]:
    """Write a raw DiDeMo release that builds into at least `stories` stories of three frames.

    The same arguments give the same files, whatever the number of workers. From 6 stories on, every
    quirk of the real release is there.

    Args:
        raw: a new or empty folder, or one that holds a twin already, which is replaced.
        stories: how many stories the default build shall find, over all three splits.
        seed: which world.
        numbered: paint each frame's number into it (`storydata.twin.numbers` reads it).
        workers: how many processes draw and encode.
        on_progress: called with videos done and to do.

    Returns:
        How many "annotation files", "descriptions", "videos" and "side files" it holds.

    Raises:
        InputError: fewer than one story, a negative seed, or a folder with other things in it.
    """
    plans = plan_videos(stories, seed)
    _clear(raw)
    _write_films(raw / "videos", plans, numbered, workers, on_progress)
    descriptions = {plan.stem: describe(plan, k) for k, plan in enumerate(plans)}
    for split in SPLITS:
        _write_annotations(raw, split, seed, [p for p in plans if p.split == split], descriptions)
    _write_lists(raw, plans, seed)
    settings = {"stories": stories, "seed": seed, "numbered": numbered}
    write_json(raw / FACTS, _facts(plans, descriptions, settings))
    return {
        "annotation files": len(SPLITS),
        "descriptions": sum(map(len, descriptions.values())),
        "videos": len(plans),
        "side files": 3,
    }


def _clear(raw: Path) -> None:
    """Take an older twin away, its facts first; refuse a folder that holds anything else."""
    if not raw.exists():
        return
    if not raw.is_dir() or (any(raw.iterdir()) and not (raw / FACTS).exists()):
        raise InputError(
            f"Expected {raw} to be a new or empty folder, or an older twin to replace; found other "
            "things there. Name another folder."
        )
    if (raw / FACTS).exists():
        old = read_json(raw / FACTS)
        (raw / FACTS).unlink()
        for video in old["videos"].values():
            (raw / video["file"]).unlink(missing_ok=True)


def _write_films(
    videos: Path,
    plans: Sequence[VideoPlan],
    numbered: bool,
    workers: int,
    on_progress: Progress | None,
) -> None:
    """Longest first, so that no worker is left alone with a long one at the end."""
    report = on_progress or (lambda done, total, unit: None)
    queue = sorted(plans, key=lambda plan: -len(clock_of(plan).ticks))
    if workers == 1:
        for done, plan in enumerate(queue, start=1):
            write_film(videos, plan, numbered=numbered)
            report(done, len(plans), "videos")
        return
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    try:
        jobs = [pool.submit(write_film, videos, plan, numbered=numbered) for plan in queue]
        for done, job in enumerate(as_completed(jobs), start=1):
            job.result()
            report(done, len(plans), "videos")
    finally:
        pool.shutdown(cancel_futures=True)


def _write_annotations(
    raw: Path,
    split: str,
    seed: int,
    plans: Sequence[VideoPlan],
    descriptions: Mapping[str, Sequence[Description]],
) -> None:
    """Records in no order, on one line, as in the real files."""
    records = [description.record for plan in plans for description in descriptions[plan.stem]]
    order = video_rng(seed, split, EXTRA, 1).permutation(len(records))
    text = json.dumps([records[int(k)] for k in order])
    write_atomic(raw / f"{split}_data.json", text.encode())


def _write_lists(raw: Path, plans: Sequence[VideoPlan], seed: int) -> None:
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
    write_atomic(raw / "video_licenses.txt", ("\n".join(licences) + "\n").encode())
    write_atomic(raw / "yfcc100m_hash.txt", ("\n".join(hashes) + "\n").encode())


def _facts(
    plans: Sequence[VideoPlan],
    descriptions: Mapping[str, Sequence[Description]],
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    videos = {}
    for k, plan in enumerate(plans):
        captions = {
            str(item.record["annotation_id"]): {**asdict(item.caption), "shot": item.shot}
            for item in descriptions[plan.stem]
        }
        licence = licence_url(licence_kind(k))
        videos[plan.stem] = {
            **facts(plan), "licence": licence, "captions": captions, "n_stories": plan.n_stories,
        }  # fmt: skip
    return {
        "twin": "didemo",
        "version": VERSION,
        **settings,
        "cast": [
            {"name": one.name, "species": one.species, "colour": one.colour_name}
            for one in DIDEMO_CAST.characters
        ],
        "settings": list(SETTINGS),
        "videos": videos,
    }
