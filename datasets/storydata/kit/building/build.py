"""Build a dataset: plan, make the shards, put the rest beside them, the manifest last.

A build can be stopped at any moment, by Ctrl-C, a full disk or a power cut: what was finished is
kept, and the same command goes on from there. The bytes are the same for any number of workers, any
engine, any number of ranks that share the work, and any number of interruptions. A changed option
or raw file rebuilds the shards that it touches.
"""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from storybench.errors import InputError, MissingError, StorybenchError
from storybench.files import expect_folder, read_json, sha256_json, space_guard, write_json
from storybench.lock import in_turn, one_of_several, only_one, wait_for_work
from storybench.shards.manifest import MANIFEST_NAME, Manifest, read_manifest, spec
from storybench.types import BuildResult, Progress
from storydata.kit.building.assembly import assemble
from storydata.kit.building.engines import Engine, engine
from storydata.kit.building.plan import Plan
from storydata.kit.building.receipts import FOLDER, see_raw
from storydata.kit.building.recipe import Recipe
from storydata.kit.building.shard import WORK_LOCK, Job, jobs, make_or_keep, stands

RECORD_NAME = "build.json"
BUILD_LOCK = "build.lock"
TURN_LOCK = "turn.lock"
SHARD_NAMES = ("stories-*.tar", "clips-*.tar")


def build(
    recipe: Recipe,
    out: Path,
    *,
    workers: int = 1,
    engine_name: str = "pool",
    rank: int = 0,
    world: int = 1,
    on_progress: Progress | None = None,
) -> BuildResult:
    """Build into `out`, or continue there.

    Of `world` builds of the same recipe on one file system, each makes the shards that fall to its
    `rank` (from 0); the one that finds every shard there writes what stands beside them.

    Ctrl-C propagates as `KeyboardInterrupt` and SIGTERM as `SystemExit(143)`, after workers have
    stopped and cleaned up; so does any exception of the recipe.

    Raises:
        InputError: `out` holds something else or another build is at work in it, there is no such
            rank or engine, or the recipe's raw data is not what was expected.
        MissingError: a raw file is not there, or a worker was killed.
        NoSpaceError: the disk is full.
    """
    runner = engine(workers, engine_name)
    _check_rank(rank, world)
    _check_free(out)
    plan = recipe.plan()
    build_all = _build_alone if world == 1 else _build_share
    with space_guard(out), _terminable():
        (out / FOLDER).mkdir(parents=True, exist_ok=True)
        planned = jobs(recipe, plan, out)
        gc.collect()  # what was read for the plan goes back to the system
        mine = planned[rank::world]
        built, manifest = build_all(runner, plan, planned, mine, out, on_progress or _silent)
    return _result(plan, out, manifest, built=built, mine=len(mine), planned=planned)


def _build_alone(
    runner: Engine,
    plan: Plan,
    planned: Sequence[Job],
    mine: Sequence[Job],
    out: Path,
    report: Progress,
) -> tuple[int, Manifest]:
    """Hold the folder for one build, once workers of a build that was killed are gone."""
    with only_one(out / FOLDER / BUILD_LOCK, what=f"build in {out}"):
        wait_for_work(out / FOLDER / WORK_LOCK)
        _prepare(plan, planned, out)
        _remove_strays(plan, out)
        with _Making(runner, mine, report) as making:
            manifest = assemble(plan, out, making.wait_for)
        _remove_strays(plan, out)  # again: what a worker left that was killed and outlived
        return making.n_built, manifest


def _build_share(
    runner: Engine,
    plan: Plan,
    planned: Sequence[Job],
    mine: Sequence[Job],
    out: Path,
    report: Progress,
) -> tuple[int, Manifest | None]:
    """Share the folder with other ranks, and take turns where all of it is looked at."""
    with one_of_several(out / FOLDER / BUILD_LOCK, what=f"build in {out}"):
        with in_turn(out / FOLDER / TURN_LOCK):
            if _prepare(plan, planned, out):
                _remove_strays(plan, out)
        with _Making(runner, mine, report) as making:
            making.finish()
        with in_turn(out / FOLDER / TURN_LOCK):
            if all(stands(job) for job in planned):
                return making.n_built, assemble(plan, out, making.wait_for)
        return making.n_built, None


def _result(
    plan: Plan,
    out: Path,
    manifest: Manifest | None,
    *,
    built: int,
    mine: int,
    planned: Sequence[Job],
) -> BuildResult:
    awaited = 0 if manifest else sum(not stands(job) for job in planned)
    return BuildResult(
        directory=out,
        dataset=plan.spec.name,
        digest=manifest.digest if manifest else "",
        n_stories=manifest.splits if manifest else {},
        n_planned=plan.n_planned,
        n_dropped=manifest.n_dropped if manifest else 0,
        drops=manifest.drops if manifest else {},
        shards_built=built,
        shards_kept=mine - built,
        shards_awaited=awaited,
    )


class _Making:
    """The shards that are to be looked at, made as they are waited for, whatever comes first.

    So the rows of one shard go into the index while workers make the next.
    """

    def __init__(self, runner: Engine, mine: Sequence[Job], report: Progress) -> None:
        todo = [job for job in mine if not stands(job)]
        self.n_built = 0
        self._awaited = {job.shard.name for job in todo}
        self._total, self._report = len(mine), report
        self._results = runner.run(_named, todo)
        self._tell()

    def __enter__(self) -> _Making:
        return self

    def __exit__(self, *_: object) -> None:
        self._results.close()

    def wait_for(self, shard: str) -> None:
        """Return when that shard stands."""
        while shard in self._awaited:
            name, was_made = next(self._results)
            self._awaited.remove(name)
            self.n_built += was_made
            self._tell()

    def finish(self) -> None:
        """Return when all of them stand."""
        for shard in sorted(self._awaited):
            self.wait_for(shard)

    def _tell(self) -> None:
        self._report(self._total - len(self._awaited), self._total, "shards")


def _named(job: Job) -> tuple[str, bool]:
    return job.shard.name, make_or_keep(job)


def _prepare(plan: Plan, planned: Sequence[Job], out: Path) -> bool:
    """Make the folder one of this plan; returns whether it was one of another until now.

    The manifest goes first, if anything will change, so that a folder with one is always whole.
    """
    _claim(plan, out)
    record = {"dataset": plan.spec.name, "plan": _plan_digest(plan, planned)}
    is_new = _read_record(out) != record
    if is_new or not all(stands(job) for job in planned):
        (out / MANIFEST_NAME).unlink(missing_ok=True)
        write_json(out / FOLDER / RECORD_NAME, record)
    return is_new


def _check_rank(rank: int, world: int) -> None:
    if world < 1 or not 0 <= rank < world:
        raise InputError(
            f"Expected a rank from 0 to the number of ranks less 1, found --rank {rank} of --world "
            f"{world}."
        )


def _check_free(out: Path) -> None:
    """Refuse a folder that is not ours before anything is read or written.

    Names are listed first: what another rank writes meanwhile comes after its record.
    """
    expect_folder(out, what="the shards")
    names = (
        sorted(path.name for path in out.iterdir() if path.name != FOLDER) if out.is_dir() else []
    )
    if names and not (out / FOLDER / RECORD_NAME).is_file() and not _earlier(out):
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        raise InputError(
            f"Expected an empty folder or an earlier build at {out}, found {names[0]}{more}. "
            "Choose another folder: nothing was changed."
        )


def _claim(plan: Plan, out: Path) -> None:
    """Refuse to turn a build of one dataset into another; a copy without its record gets one."""
    earlier = _earlier(out)
    if earlier not in (None, plan.spec.name):
        raise InputError(
            f"Expected a build of {plan.spec.name} at {out}, found one of {earlier}. "
            "Choose another folder: nothing was changed."
        )
    if not (out / FOLDER / RECORD_NAME).is_file():
        write_json(out / FOLDER / RECORD_NAME, {"dataset": plan.spec.name})


def _earlier(out: Path) -> str | None:
    """The dataset whose build stands in a folder, by its record or else by its manifest."""
    record = _read_record(out)
    if "dataset" in record:
        return record["dataset"]
    try:
        return spec(read_manifest(out)).name
    except StorybenchError:
        return None


def _read_record(out: Path) -> dict[str, str]:
    try:
        return read_json(out / FOLDER / RECORD_NAME)
    except MissingError:
        return {}


def _plan_digest(plan: Plan, planned: Sequence[Job]) -> str:
    """What the whole dataset is a function of, beside the raw files of each shard."""
    return sha256_json(
        {
            "shards": [job.fingerprint for job in planned],
            "drops": [drop.to_json() for drop in plan.drops],
            "n_planned": plan.n_planned,
            "licence": plan.spec.licence,
            "citation": plan.spec.citation,
            "raw": {file.name: see_raw(file).sha256 for file in plan.raw_files},
        }
    )


def _remove_strays(plan: Plan, out: Path) -> None:
    """Remove shards and receipts of an older plan, and what a killed build left half-written."""
    planned = {shard.name for shard in plan.shards}
    strays: list[Path] = []
    for kind in SHARD_NAMES:
        strays += [path for path in out.glob(kind) if path.name not in planned]
        receipts = (out / FOLDER).glob(f"{kind}.json")
        strays += [path for path in receipts if path.stem not in planned]
    for folder in (out, out / FOLDER):
        strays += folder.glob(".*.partial")
    for path in strays:
        path.unlink()


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM unwind the build as Ctrl-C does, unless the program has its own way with it."""
    is_ours = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    )
    if is_ours:
        signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        if is_ours:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _terminate(number: int, _: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def _silent(done: int, total: int, what: str) -> None:
    """Report to nobody."""
