"""Download a known weights file: the only place where storybench uses the network.

Over https only (a server of this very machine may do without), never more bytes than the file can
have. What has arrived lies beside the place under a name of its own, so a download that was cut off
goes on where it stopped; the file appears by rename, after its hash was checked.
"""

from __future__ import annotations

import http.client
import os
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from pathlib import Path
from typing import BinaryIO

from storybench.errors import InputError, MissingError, VerificationError
from storybench.files import sha256_file, space_guard, sync_folder
from storybench.lock import only_one
from storybench.types import Progress
from storybench.weights.known import WeightsFile
from storybench.weights.place import Found, look

CHUNK = 1 << 18
SECONDS = 60
LOOPBACK = "127.0.0.1"
RANGE_NOT_SATISFIABLE = 416


def fetch(
    known: WeightsFile, *, is_offline: bool = False, on_progress: Progress | None = None
) -> Found:
    """Put a file into its place, from the network unless the right one lies there already.

    Raises:
        MissingError: it has no address, the network is off or does not answer; says what to do.
        InputError: the address is not https, or another process is fetching the same file.
        VerificationError: what came is another file or longer than it may be, or such a file lies
            in its place; that one is left alone.
    """
    found = look(known)
    if found.state in ("right", "unverifiable"):
        return found
    if found.state == "wrong":
        raise VerificationError(
            f"Expected {known.file} with {known.identity} at {known.place}, found SHA-256 "
            f"{found.sha256}. Move that file away and fetch again."
        )
    _check_may_fetch(known, is_offline=is_offline)
    known.place.parent.mkdir(parents=True, exist_ok=True)
    partial = known.place.with_name(f".{known.file}.fetching")
    lock = known.place.with_name(f".{known.file}.lock")
    with only_one(lock, what=f"download of {known.file}"), space_guard(known.place):
        _download(known, partial, on_progress)
        _check(known, partial)
        partial.replace(known.place)
        sync_folder(known.place.parent)
    return look(known)


def _check_may_fetch(known: WeightsFile, *, is_offline: bool) -> None:
    if known.url is None:
        raise MissingError(
            f"Expected an address of {known.file} to fetch it from, found none that is known. "
            f"{known.how}"
        )
    if not _is_safe(known.url):
        raise InputError(f"Expected an https address of {known.file}, found {known.url}.")
    if is_offline:
        raise MissingError(
            f"Expected {known.file} ({known.identity}) at {known.place}, found none, and the "
            f"network is off (--offline). On a machine with a network get {known.url}, bring the "
            f"file here, and run `storybench weights add {known.name} FILE`."
        )


def _download(known: WeightsFile, partial: Path, on_progress: Progress | None) -> None:
    """Append to what has arrived until the server has no more."""
    limit = known.size if known.size is not None else known.bound
    with partial.open("ab") as file:
        there = file.seek(0, os.SEEK_END)
        if there == known.size:
            return
        with _response(known, there) as answer:
            if there and answer.status != http.client.PARTIAL_CONTENT:
                file.truncate(there := 0)  # the server sends the whole again
            total = _total(answer, there)
            _check_length(known, total if total is not None else there, limit, partial)
            for done in _copy(answer, file, there):
                _check_length(known, done, limit, partial)
                if on_progress is not None:
                    on_progress(done, total or limit, "bytes")
        file.flush()
        os.fsync(file.fileno())
    _check_whole(known, partial, total)


@contextmanager
def _response(known: WeightsFile, there: int) -> Iterator[HTTPResponse]:
    """The answer of the server from byte `there` on; what the network raises as one sentence."""
    request = urllib.request.Request(str(known.url), headers={"User-Agent": "storybench"})
    if there:
        request.add_header("Range", f"bytes={there}-")
    opener = urllib.request.build_opener(_SecureOnly, urllib.request.HTTPSHandler(context=_trust()))
    try:
        with opener.open(request, timeout=SECONDS) as answer:
            yield answer
    except urllib.error.HTTPError as error:
        reason = f"HTTP {error.code} {error.reason}"
        error.close()
        if error.code == RANGE_NOT_SATISFIABLE:
            known.place.with_name(f".{known.file}.fetching").unlink(missing_ok=True)
            reason += "; what had arrived was thrown away, so run the command again"
        raise MissingError(_unreachable(known, reason)) from error
    except (
        urllib.error.URLError,
        http.client.HTTPException,
        TimeoutError,
        ConnectionError,
    ) as error:
        reason = getattr(error, "reason", None) or error
        raise MissingError(_unreachable(known, str(reason))) from error


class _SecureOnly(urllib.request.HTTPRedirectHandler):
    """Follows redirections to safe addresses only."""

    def redirect_request(self, *args: object, **kwargs: object) -> urllib.request.Request | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The next request.

        Raises:
            URLError: the address is not safe.
        """
        target = str(args[5])
        if not _is_safe(target):
            raise urllib.error.URLError(f"a redirection to {target.split('?')[0]}, not https")
        return super().redirect_request(*args, **kwargs)  # pyright: ignore[reportArgumentType]


def _is_safe(url: str) -> bool:
    """Whether nobody on the way can change what comes from an address."""
    parts = urllib.parse.urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname == LOOPBACK)


def _trust() -> ssl.SSLContext:
    """The certificates of this machine (`SSL_CERT_FILE` adds one's own)."""
    return ssl.create_default_context()


def _copy(answer: HTTPResponse, file: BinaryIO, there: int) -> Iterator[int]:
    """Copy, piece by piece; yields the bytes that are there so far."""
    while piece := answer.read(CHUNK):
        file.write(piece)
        there += len(piece)
        yield there


def _total(answer: HTTPResponse, there: int) -> int | None:
    """Bytes of the whole file, as the server says."""
    length = answer.headers.get("Content-Length", "")
    return there + int(length) if length.isdecimal() else None


def _check_length(known: WeightsFile, n: int, limit: int, partial: Path) -> None:
    if n <= limit:
        return
    partial.unlink(missing_ok=True)
    raise VerificationError(
        f"Expected at most {limit:,} bytes for {known.file}, found more at {known.url}. Nothing "
        "was kept."
    )


def _check_whole(known: WeightsFile, partial: Path, total: int | None) -> None:
    size, expected = partial.stat().st_size, known.size if known.size is not None else total
    if expected is not None and size < expected:
        raise MissingError(
            f"Expected {expected:,} bytes of {known.file}, found the connection closed after "
            f"{size:,}. Run the same command again: it goes on from there."
        )


def _check(known: WeightsFile, partial: Path) -> None:
    sha256 = sha256_file(partial)
    if known.matches(sha256) is not False:
        return
    partial.unlink()
    raise VerificationError(
        f"Expected {known.file} with {known.identity} from {known.url}, found SHA-256 {sha256}. "
        "Nothing was kept; if it comes again, get the file elsewhere and use `storybench weights "
        "add`."
    )


def _unreachable(known: WeightsFile, reason: str) -> str:
    return (
        f"Expected {known.file} from {known.url}, found no way to it ({reason}). What has arrived "
        "is kept: run the same command again, or get the file in another way and use `storybench "
        f"weights add {known.name} FILE`."
    )
