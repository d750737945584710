"""`storybench weights`: list, add, fetch, verify, and how each ends."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest

from storybench.files import sha256_bytes
from storybench.weights import known
from storybench.weights.known import FID_INCEPTION
from tests.cli.running import Done, storybench
from tests.weights.conftest import CONTENT, Server, server

__all__ = ["server"]


def with_a_toy(server: Server, sha256: str, *args: str) -> Done:
    """The command line, knowing one file: that of the server."""
    url = f"{server.url}/toy.pth"
    toy = replace(FID_INCEPTION, name="toy", file="toy.pth", size=None, sha256=sha256, url=url)
    with mock.patch.object(known, "KNOWN", (toy,)):
        return storybench("weights", *args)


@pytest.mark.parametrize("command", ["list", "add", "fetch", "verify"])
def test_help_shows_an_example(command: str) -> None:
    """Every command's help says how it is used."""
    done = storybench("weights", command, "--help")
    assert done.returncode == 0
    assert f"Example: storybench weights {command}" in " ".join(done.stdout.split())


def test_the_list_says_what_each_file_is() -> None:
    """Name, place, size, hash, licence, source, for people and for programs."""
    listed = json.loads(storybench("weights", "list", "--json").stdout)["weights"]
    entry = next(one for one in listed if one["name"] == "fid-inception")
    assert (entry["size"], entry["sha256"]) == (FID_INCEPTION.size, FID_INCEPTION.sha256)
    assert {one["sha256"] for one in listed} > {"unknown"}
    assert not entry["is_there"]
    shown = storybench("weights", "list").stdout
    assert all(one["file"] in shown and one["licence"] in shown for one in listed)


def in_short(shown: str) -> dict[str, list[str]]:
    """The rows of the table below the list, by name."""
    rows = shown.partition("In short\n")[2].splitlines()[1:]
    return {row.split()[0]: re.split(r"\s{2,}", row.strip()) for row in rows if row.strip()}


def test_the_list_says_what_is_known_and_what_is_here(home: Path) -> None:
    """Size with its unit, whether the hash is known, and whether the file is in its place."""
    rows = in_short(storybench("weights", "list").stdout)
    assert rows["fid-inception"] == ["fid-inception", "absent", "95.6 MB", "known"]
    assert rows["dino-vit-s-16"] == ["dino-vit-s-16", "absent", "unknown", "unknown"]
    assert set(rows) >= {one.name for one in known.KNOWN}
    for one in (FID_INCEPTION, known.DINO_S):
        one.place.parent.mkdir(parents=True, exist_ok=True)
        one.place.write_bytes(CONTENT)
    shown = storybench("weights", "list").stdout
    rows = in_short(shown)
    assert (rows["fid-inception"][1], rows["dino-vit-s-16"][1]) == ("another size", "here")
    assert "2 of 12 files are on this machine, 10 absent." in shown
    assert "95.6 MB (95,628,359 bytes)" in shown
    assert "unknown: what lies there cannot be told from another file" in shown


@pytest.mark.parametrize("columns", ["80", "120"])
def test_the_table_of_files_fits(columns: str) -> None:
    """No name is broken."""
    table = storybench("weights", "list", COLUMNS=columns).stdout.partition("In short\n")[2]
    assert all(f" {one.name} " in table for one in known.KNOWN)
    assert max(map(len, table.splitlines())) <= int(columns)


def test_fetch_then_verify(home: Path, server: Server) -> None:
    """The file arrives, verifies, and one that was changed since does not: exit code 5."""
    done = with_a_toy(server, sha256_bytes(CONTENT), "fetch", "toy", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["state"] == "right"
    place = home / "weights" / "toy.pth"
    assert place.read_bytes() == CONTENT
    assert with_a_toy(server, sha256_bytes(CONTENT), "verify").returncode == 0
    place.write_bytes(CONTENT[::-1])
    done = with_a_toy(server, sha256_bytes(CONTENT), "verify")
    assert (done.returncode, "ANOTHER FILE" in done.stdout) == (5, True)
    assert "Move it away" in done.stderr


def test_a_wrong_hash_ends_with_5_and_leaves_nothing(home: Path, server: Server) -> None:
    """Not under its name, not under another."""
    done = with_a_toy(server, "0" * 64, "fetch", "toy")
    assert done.returncode == 5
    assert "Traceback" not in done.stderr
    assert not list((home / "weights").iterdir())


def test_offline_ends_with_4_and_asks_nobody(server: Server) -> None:
    """The message has the address to carry to a machine that has a network."""
    done = with_a_toy(server, "0" * 64, "fetch", "toy", "--offline")
    assert done.returncode == 4
    assert f"{server.url}/toy.pth" in done.stderr
    assert not server.asked


def test_a_file_that_is_not_there_is_missing_only_when_named() -> None:
    """`verify` alone looks at what there is."""
    assert storybench("weights", "verify").returncode == 0
    done = storybench("weights", "verify", "fid-inception")
    assert done.returncode == 4
    assert FID_INCEPTION.file in done.stderr


def test_add_refuses_another_file(tmp_path: Path) -> None:
    """Size and hash are compared before anything is copied."""
    (tmp_path / "mine.pth").write_bytes(b"mine")
    done = storybench("weights", "add", "fid-inception", tmp_path / "mine.pth")
    assert done.returncode == 5
    assert "95,628,359 bytes" in done.stderr


def test_a_wrong_name_ends_with_2() -> None:
    """Close matches are listed."""
    done = storybench("weights", "fetch", "fid-inceptoin")
    assert done.returncode == 2
    assert "Did you mean fid-inception" in done.stderr
