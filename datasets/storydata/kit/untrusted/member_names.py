"""What a file in an archive may be called: a path that stays in the folder it is put into."""

from __future__ import annotations

import posixpath
import re

MAX_NAME = 4_096


def name_problem(name: str) -> str | None:
    r"""What is wrong with a member's name, to stand after "found"; None if nothing is.

    >>> name_problem("video_frames_sampled/s_01.npy"), name_problem("../../x")
    (None, 'a name that leads out of the archive')
    """
    if not name or len(name) > MAX_NAME:
        return f"a name of {len(name)} characters"
    if "\\" in name:
        return "a name with a backslash"
    if re.search(r"[\x00-\x1f\x7f]", name):
        return "a name with a control character"
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return "a name that starts at the root of a disk"
    if ".." in name.split("/"):
        return "a name that leads out of the archive"
    return None


def plain_name(name: str) -> str:
    """The path that a name stands for: two names of one path are one file when unpacked.

    >>> plain_name("./a//b.npy")
    'a/b.npy'
    """
    return posixpath.normpath(name)
