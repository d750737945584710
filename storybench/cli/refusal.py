"""What the operating system refused, as a sentence: expected, found, what to do."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from storybench.errors import InputError, MissingError
from storybench.files import FULL, file_in_the_way

IN_THE_WAY = (errno.ENOTDIR, errno.EEXIST)
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


def refusal(error: OSError) -> tuple[str, int]:
    """The sentence, and the exit code of the command that met it."""
    name = error.filename2 or error.filename  # of a rename, what the file is to be called
    path = None if name is None or isinstance(name, int) else Path(os.fsdecode(name))
    if error.errno in FULL:
        where = f" ({path})" if path else ""
        kept = "What was finished is kept: free some space and run the same command again."
        return f"Expected room on the disk, found it full{where}. {kept}", MissingError.exit_code
    return _sentence(error, path), InputError.exit_code


def _sentence(error: OSError, path: Path | None) -> str:
    if path is None:
        return f"The operating system refused: {error.strerror or error}."
    if error.errno == errno.EISDIR:
        return f"Expected a file at {path}, found a folder. Name another."
    if error.errno in IN_THE_WAY and (file := file_in_the_way(path)):
        return f"Expected a folder at {file}, found a file. Name another place."
    if error.errno in FORBIDDEN:
        return (
            f"Expected to be allowed to use {path}, found that the operating system refuses it "
            f"({error.strerror}). Change its permissions, or name another place."
        )
    return f"The operating system refused: {error.strerror or error} ({path})."
