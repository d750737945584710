"""The command line as a new user meets it: results, JSON, sentences and exit codes."""

from __future__ import annotations

import inspect
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_type_hints

import numpy as np
import pytest
from typer.models import OptionInfo

from storybench import images
from storybench.cli import app
from tests.cli.running import apart, storybench
from tests.conftest import Toy

COMMANDS = [
    "quickstart",
    "twin",
    "build-didemo",
    "verify",
    "inspect",
    "generate",
    "eval",
    "submit",
    "leaderboard build",
    "leaderboard check",
]


@pytest.fixture(scope="module")
def copied(toy: Toy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Predictions of copy-source for the toy test split; treat as read-only."""
    preds = tmp_path_factory.mktemp("preds") / "copy-source"
    done = storybench("generate", "--model", "copy-source", "--data", toy.shards, "--out", preds)
    assert done.returncode == 0, done.stderr
    return preds


@pytest.fixture
def preds(copied: Path, tmp_path: Path) -> Path:
    """A copy of them that a test may spoil."""
    return Path(shutil.copytree(copied, tmp_path / "preds"))


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example(command: str) -> None:
    """Every command's help says how it is used."""
    done = storybench(*command.split(), "--help")
    assert done.returncode == 0
    assert f"Example: storybench {command}" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    "args",
    [("nonsense",), ("verify",), ("build-didemo", "raw", "out", "--stories", "all"), ("--nope",)],
)
def test_wrong_usage_ends_with_2(args: tuple[str, ...]) -> None:
    """A typing mistake is not a crash."""
    assert storybench(*args).returncode == 2


def test_a_value_that_is_none_of_a_few_is_told_plainly() -> None:
    """What it is not one of, without the name of who checked it."""
    done = storybench("build", "--template", "cartoon")
    assert done.returncode == 2
    said = " ".join(done.stderr.replace("│", " ").split())
    assert "Invalid value for '--template': 'cartoon' is not one of 'frames', 'video'." in said


def test_results_go_to_stdout_and_hints_to_stderr(toy: Toy) -> None:
    """A pipe gets results only."""
    done = storybench("verify", toy.shards)
    assert done.returncode == 0
    assert "all as the manifest says" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("command", ["verify", "inspect"])
def test_json_is_exactly_one_document(toy: Toy, command: str) -> None:
    """`--json` prints one object with a schema version, and nothing else."""
    document = json.loads(storybench(command, toy.shards, "--json").stdout)
    assert document["schema_version"] == 1


def test_options_read_the_environment(toy: Toy) -> None:
    """`STORYBENCH_<OPTION>` sets an option wherever it exists."""
    for name in ("STORYBENCH_JSON", "STORYBENCH_INSPECT_JSON"):
        done = storybench("inspect", toy.shards, **{name: "1"})
        assert json.loads(done.stdout)["schema_version"] == 1


def test_short_environment_names_have_one_meaning() -> None:
    """An option name that two commands read differently is on the list of ambiguous ones."""
    kinds: dict[str, set[str]] = {}
    commands: list[Callable[..., Any]] = []
    for _, _, group in app.GROUPS.values():
        commands += group.values()
    for section in app.SECTIONS.values():
        commands += section.values()
    for command in commands:
        hints = get_type_hints(inspect.unwrap(command), include_extras=True)
        for name, kind in hints.items():
            if any(isinstance(one, OptionInfo) for one in getattr(kind, "__metadata__", ())):
                kinds.setdefault(name.upper(), set()).add(_plain(get_args(kind)[0]))
    kinds.pop("DEVICE")  # a name of a device everywhere: some commands take three, some any
    assert {name for name, seen in kinds.items() if len(seen) > 1} <= app.AMBIGUOUS


def _plain(kind: Any) -> Any:
    """A type, whether or not it may be left out."""
    return next((one for one in get_args(kind) if one is not NoneType), kind)


def test_an_option_of_two_meanings_reads_the_longer_name_only(toy: Toy, tmp_path: Path) -> None:
    """`--stories` is a count here and a rule there, so `STORYBENCH_STORIES` is neither."""
    build = ("build-didemo", toy.raw, tmp_path / "out", "--dry-run", "--json")
    counts = {
        name: json.loads(storybench(*build, **{name: "first"}).stdout)["n_stories"]
        for name in ("STORYBENCH_STORIES", "STORYBENCH_BUILD_DIDEMO_STORIES")
    }
    assert sum(counts["STORYBENCH_BUILD_DIDEMO_STORIES"].values()) < sum(
        counts["STORYBENCH_STORIES"].values()
    )


@pytest.mark.parametrize("json_flag", ["", "--json"])
def test_a_reader_that_goes_away_is_no_error(toy: Toy, json_flag: str) -> None:
    """`storybench inspect | true` says nothing more and ends with 141, as a pipe does."""
    code = f"'{sys.executable}' -m storybench inspect '{toy.shards}' {json_flag} | true"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", code], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (141, "")


def test_no_colour_when_asked(toy: Toy) -> None:
    """NO_COLOR leaves no colour, even on what would be a terminal."""
    forced = apart("inspect", toy.shards, FORCE_COLOR="1")
    plain = apart("inspect", toy.shards, FORCE_COLOR="1", NO_COLOR="1")
    assert "\x1b[" in forced.stdout
    assert not re.search(r"\x1b\[[0-9;]*(3[0-9]|4[0-9]|9[0-9])[0-9;]*m", plain.stdout)


def test_a_build_prints_its_counts_and_a_dry_run_writes_nothing(toy: Toy, tmp_path: Path) -> None:
    """The dry run says what the build then does."""
    out = tmp_path / "shards"
    dry = storybench("build-didemo", toy.raw, out, "--dry-run", "--json")
    assert dry.returncode == 0, dry.stderr
    assert not out.exists()
    planned = json.loads(dry.stdout)
    assert planned["bytes_needed"] > 0
    done = storybench("build-didemo", toy.raw, out, "--max-drops", "1", "--json")
    assert done.returncode == 0, done.stderr
    built = json.loads(done.stdout)
    assert sum(planned["n_stories"].values()) >= sum(built["n_stories"].values()) > 0
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert manifest["drops"] == built["drops"] != {}
    assert manifest["digest"] == built["digest"]


def test_losses_beyond_the_limit_end_with_3_and_keep_the_shards(toy: Toy, tmp_path: Path) -> None:
    """The truncated toy video costs stories; `--max-drops 0` calls that a failure, not a loss."""
    out = tmp_path / "shards"
    done = storybench("build-didemo", toy.raw, out, "--max-drops", "0")
    assert done.returncode == 3
    assert "Expected at most 0.0% of the stories to be lost" in done.stderr
    assert storybench("verify", out, "--deep").returncode == 0


def test_no_annotations_ends_with_4(tmp_path: Path) -> None:
    """An empty raw folder is missing data."""
    done = storybench("build-didemo", tmp_path, tmp_path / "out")
    assert done.returncode == 4
    assert "train_data.json" in done.stderr
    assert "Traceback" not in done.stderr


def test_half_a_json_ends_with_2(tmp_path: Path) -> None:
    """A cut download is named with its place."""
    (tmp_path / "val_data.json").write_text('[{"annotation_id": 1, ', "utf-8")
    done = storybench("build-didemo", tmp_path, tmp_path / "out")
    assert done.returncode == 2
    assert "line 1" in done.stderr


def test_one_flipped_byte_ends_with_5(toy: Toy, tmp_path: Path) -> None:
    """The shard is named."""
    shards = Path(shutil.copytree(toy.shards, tmp_path / "shards"))
    tar = sorted(shards.glob("stories-test-*.tar"))[0]
    data = bytearray(tar.read_bytes())
    data[len(data) // 2] ^= 1
    tar.write_bytes(bytes(data))
    done = storybench("verify", shards)
    assert done.returncode == 5
    assert tar.name in done.stderr


def test_scores_come_with_intervals_and_a_report(toy: Toy, preds: Path) -> None:
    """`eval` prints a table, writes a folder beside the predictions, and repeats itself."""
    args = ("eval", "--preds", preds, "--data", toy.shards, "--extractor", "twin")
    first = storybench(*args)
    assert first.returncode == 0, first.stderr
    assert "id {fd,kd}.twin." in first.stdout
    report = preds.with_name("preds.report") / "sb-v1" / "report.json"
    before = report.read_bytes()
    assert b'"fd.twin.' in before
    assert b'"kd.twin.' in before
    assert storybench(*args).returncode == 0
    assert report.read_bytes() == before


def test_a_set_without_a_manifest_is_scored_with_a_note(toy: Toy, preds: Path) -> None:
    """Nothing but folder names says what belongs to what; that is said, loudly."""
    (preds / "predictions.json").unlink()
    done = storybench("eval", "--preds", preds, "--data", toy.shards, "--extractor", "twin")
    assert done.returncode == 0, done.stderr
    assert "note:" in done.stderr
    assert "has no predictions.json" in done.stderr


def test_missing_weights_end_with_4_and_name_the_file(toy: Toy, preds: Path) -> None:
    """Plain FID needs the published weights; the message says which file and where."""
    done = storybench("eval", "--preds", preds, "--data", toy.shards)
    assert done.returncode == 4
    assert "pt_inception-2015-12-05-6726825d.pth" in done.stderr


def spoil_size(folder: Path) -> None:
    """One frame of another size."""
    (folder / "1.png").write_bytes(images.encode_png(np.zeros((96, 96, 3), np.uint8)))


def spoil_missing_frame(folder: Path) -> None:
    """One frame gone."""
    (folder / "2.png").unlink()


def spoil_missing_story(folder: Path) -> None:
    """One story gone."""
    shutil.rmtree(folder)


def spoil_unknown_story(folder: Path) -> None:
    """One story too many."""
    shutil.copytree(folder, folder.with_name(f"{folder.name}-9"))


def spoil_text(folder: Path) -> None:
    """One frame that is text."""
    (folder / "1.png").write_text("not a picture", "utf-8")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (spoil_size, 5),
        (spoil_missing_frame, 2),
        (spoil_missing_story, 2),
        (spoil_unknown_story, 2),
        (spoil_text, 2),
    ],
)
def test_spoilt_predictions_name_the_story(
    toy: Toy, preds: Path, spoil: Callable[[Path], None], code: int
) -> None:
    """A set that is not whole (2), or not what its manifest was written for (5), is not scored."""
    folder = sorted(path for path in preds.iterdir() if path.is_dir())[0]
    spoil(folder)
    done = storybench("eval", "--preds", preds, "--data", toy.shards, "--extractor", "twin")
    assert done.returncode == code, done.stderr
    assert folder.name in done.stderr
    assert done.stdout == ""
    assert not preds.with_name("preds.report").exists()


def test_a_bug_is_one_line_unless_asked(toy: Toy, tmp_path: Path) -> None:
    """An unexpected error shows no traceback without -vv, and one with it."""
    code = (
        "import sys; from storybench.cli import console, app;"
        "console.emit_json = lambda document: 1 / 0;"
        "sys.argv = ['storybench', *sys.argv[1:]]; app.run()"
    )

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", code, *args], capture_output=True, text=True, timeout=60
        )

    quiet = run("verify", str(toy.shards), "--json")
    assert quiet.returncode == 1
    assert "This is a bug in storybench: ZeroDivisionError" in quiet.stderr
    assert "Traceback" not in quiet.stderr
    assert "Traceback" in run("-vv", "verify", str(toy.shards), "--json").stderr


def test_a_full_disk_ends_with_4(toy: Toy, tmp_path: Path) -> None:
    """ENOSPC in mid-build is one sentence, and what was finished stays."""
    code = (
        "import errno, os, sys; from storybench.cli import app;"
        "fsync = os.fsync; calls = [];"
        "exec('''def full(fd):\n"
        "    calls.append(fd)\n"
        "    if len(calls) > 3: raise OSError(errno.ENOSPC, 'No space left on device')\n"
        "    fsync(fd)''');"
        "os.fsync = full; sys.argv = ['storybench', *sys.argv[1:]]; app.run()"
    )
    out = tmp_path / "shards"
    build = ["build-didemo", str(toy.raw), str(out), "--workers", "1", "--stories-per-shard", "2"]
    done = subprocess.run(
        [sys.executable, "-c", code, *build], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 4, done.stderr
    assert "found it full" in done.stderr
    assert not (out / "manifest.json").exists()
    assert not list(out.rglob("*.partial"))
    assert storybench(*build, "--max-drops", "1").returncode == 0
