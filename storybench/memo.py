"""Results that are kept, so that the same code need not find out the same thing twice.

A result lies under the SHA-256 of everything that it depends on, this package's own source
included: nobody has to remember to throw it away. A file holds the SHA-256 of the rest, then JSON;
one that is damaged is as good as none.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from storybench.files import sha256_json, write_atomic
from storybench.home import results_dir

SUFFIX = ".result"
CODE = (".py", ".safetensors")
DIGEST = 32
"""Bytes of a SHA-256."""


class Memo:
    """The results of one kind."""

    def __init__(self, kind: str) -> None:
        self.folder = results_dir() / kind

    def key(self, **inputs: Any) -> str:
        """The key of what follows from some inputs, JSON values or dataclasses of them."""
        return sha256_json({"code": code_sha256(), "inputs": inputs})

    def recall(self, key: str) -> Any | None:
        """The result of a key, a JSON value; None where it is not known."""
        try:
            data = self._path(key).read_bytes()
        except FileNotFoundError:
            return None
        if hashlib.sha256(data[DIGEST:]).digest() != data[:DIGEST]:
            return None
        return json.loads(data[DIGEST:])

    def keep(self, key: str, value: Any) -> None:
        """Keep a result; numbers may be infinite or NaN.

        Raises:
            NoSpaceError: the disk is full.
        """
        data = json.dumps(value, ensure_ascii=False).encode()
        write_atomic(self._path(key), hashlib.sha256(data).digest() + data, sync="nothing")

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{SUFFIX}"


def kept() -> list[Path]:
    """The files of all results, of every kind."""
    return sorted(results_dir().glob(f"*/*{SUFFIX}"))


def forget() -> None:
    """Remove every result; what they say is found out again when it is asked for."""
    for path in kept():
        path.unlink(missing_ok=True)


@lru_cache(maxsize=1)
def code_sha256() -> str:
    """SHA-256 over the source and the small weights of the installed package, names and content."""
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(path for ending in CODE for path in root.rglob(f"*{ending}")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
