"""Fetching, from a server that this test starts on 127.0.0.1 and that does its worst."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from storybench.errors import InputError, MissingError, VerificationError
from storybench.lock import only_one
from storybench.weights import fetch as fetching
from storybench.weights.fetch import fetch
from tests.weights.conftest import CONTENT, Server


def left(home: Path) -> list[str]:
    """Names in the weights folder."""
    return sorted(path.name for path in (home / "weights").glob("*"))


def test_a_file_arrives_whole_and_is_told_of_as_it_comes(home: Path, server: Server) -> None:
    """The bytes are in place under their name, nothing else is left, and progress ends at all."""
    seen: list[tuple[int, int]] = []
    found = fetch(server.file(), on_progress=lambda done, total, _: seen.append((done, total)))
    assert found.state == "right"
    assert found.known.place.read_bytes() == CONTENT
    assert left(home) == ["toy.pth"]
    assert seen[-1] == (len(CONTENT), len(CONTENT))


def test_what_is_there_is_not_fetched_again(server: Server) -> None:
    """A second call asks the server nothing."""
    fetch(server.file())
    assert fetch(server.file(), is_offline=True).state == "right"
    assert len(server.asked) == 1


def test_a_download_that_was_cut_off_goes_on_where_it_stopped(home: Path, server: Server) -> None:
    """The second call asks for the rest only, and the file is right."""
    server.cut_after = 300_000
    with pytest.raises(MissingError, match=r"closed after 300,000|IncompleteRead") as error:
        fetch(server.file())
    assert error.value.exit_code == 4
    assert "toy.pth" not in left(home)
    server.cut_after = None
    assert fetch(server.file()).state == "right"
    assert server.asked == [None, "bytes=300000-"]
    assert left(home) == ["toy.pth"]


def test_a_server_without_ranges_sends_the_whole_again(server: Server) -> None:
    """What had arrived is not put in front of it."""
    server.cut_after = 300_000
    with pytest.raises(MissingError):
        fetch(server.file())
    server.cut_after, server.has_ranges = None, False
    assert fetch(server.file()).known.place.read_bytes() == CONTENT


def test_a_wrong_hash_never_appears(home: Path, server: Server) -> None:
    """Another file of the same length is refused with exit code 5, and nothing is kept."""
    with pytest.raises(VerificationError, match="Nothing was kept") as error:
        fetch(server.file(CONTENT[::-1]))
    assert error.value.exit_code == 5
    assert left(home) == []


def test_an_unknown_hash_is_said_to_be_unknown(server: Server) -> None:
    """Such a file is fetched, and nothing is claimed of it."""
    found = fetch(replace(server.file(), sha256=None, size=None))
    assert found.state == "unverifiable"
    assert found.known.identity == "SHA-256 unknown"


@pytest.mark.parametrize("says_length", [True, False])
def test_no_more_bytes_than_the_file_has(home: Path, server: Server, says_length: bool) -> None:
    """A server that sends more, announced or not, is stopped, and nothing is kept."""
    server.says_length = says_length
    with pytest.raises(VerificationError, match=r"Expected at most 300,000 bytes for toy\.pth"):
        fetch(replace(server.file(), size=None, bound=300_000))
    assert left(home) == []


def test_a_file_that_ends_early_without_a_length_is_not_whole(server: Server) -> None:
    """The known size is what counts."""
    server.says_length, server.content = False, CONTENT[:1000]
    with pytest.raises(MissingError, match=r"Expected 1,048,576 bytes .* closed after 1,000"):
        fetch(server.file())


def test_only_safe_addresses(server: Server) -> None:
    """Plain http to another machine is refused, at once or by a redirection."""
    with pytest.raises(InputError, match="Expected an https address"):
        fetch(replace(server.file(), url="http://example.org/toy.pth"))
    server.moved_to = "http://example.org/toy.pth"
    with pytest.raises(MissingError, match=r"a redirection to http://example\.org/toy\.pth"):
        fetch(server.file())


def test_a_redirection_on_safe_ground_is_followed(server: Server) -> None:
    """As release pages do; a loop ends with a sentence."""
    server.moved_to = f"{server.url}/toy.pth"
    with pytest.raises(MissingError, match=r"infinite loop|redirect"):
        fetch(server.file())


def test_offline_says_what_to_bring(home: Path, server: Server) -> None:
    """File, hash, place and address, and not a byte is asked for."""
    known = server.file()
    with pytest.raises(MissingError, match="the network is off") as error:
        fetch(known, is_offline=True)
    message = str(error.value)
    for part in (known.file, str(known.sha256), str(known.place), str(known.url), "weights add"):
        assert part in message
    assert error.value.exit_code == 4
    assert not server.asked
    assert left(home) == []


def test_no_address_says_how_it_is_had(server: Server) -> None:
    """Classifiers are asked for, not fetched."""
    with pytest.raises(MissingError, match="Ask its authors"):
        fetch(replace(server.file(), url=None, how="Ask its authors."))


@pytest.mark.parametrize("status", [404, 416, 500])
def test_a_server_that_says_no_is_one_sentence(server: Server, status: int) -> None:
    """The status is named, and another way."""
    server.status = status
    with pytest.raises(MissingError, match=rf"HTTP {status} .*weights add toy FILE"):
        fetch(server.file())


def test_nobody_listening_is_one_sentence(server: Server) -> None:
    """A machine without network, as far as the address is concerned."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(MissingError, match="found no way to it"):
        fetch(replace(server.file(), url=f"http://127.0.0.1:{port}/toy.pth"))


def test_another_file_in_the_place_is_left_alone(server: Server) -> None:
    """It may be somebody's work: exit code 5, and it is still there."""
    known = server.file()
    known.place.parent.mkdir(parents=True)
    known.place.write_bytes(b"mine")
    with pytest.raises(VerificationError, match="Move that file away"):
        fetch(known)
    assert known.place.read_bytes() == b"mine"


def test_two_at_once_do_not_write_into_each_other(server: Server) -> None:
    """The second is told of the first."""
    known = server.file()
    known.place.parent.mkdir(parents=True)
    lock = known.place.with_name(".toy.pth.lock")
    with (
        only_one(lock, what="test"),
        pytest.raises(InputError, match=r"no other download of toy\.pth"),
    ):
        fetch(known)


def test_addresses_of_this_machine_need_no_certificate() -> None:
    """And no other address does without one."""
    assert fetching._is_safe("https://example.org/a")
    assert fetching._is_safe("http://127.0.0.1:80/a")
    for address in ("http://127.0.0.1.example.org/a", "ftp://example.org/a", "file:///etc/passwd"):
        assert not fetching._is_safe(address)
