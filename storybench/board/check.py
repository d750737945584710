"""Is a leaderboard folder sound? The submissions of anyone, and the published numbers beside them.

`storybench leaderboard check` runs this for every pull request; the page is only built from a board
without problems.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from storybench.board.reported import read_reported
from storybench.board.submissions.problems import problems
from storybench.errors import InputError, VerificationError


def check(board: Path) -> tuple[str, ...]:
    """Everything that is wrong with a board, one sentence each; empty if it is sound.

    Raises:
        MissingError: the board has no folder of submissions.
    """
    return (*problems(board), *_reported_problems(board))


def require(board: Path) -> None:
    """Do nothing if the board is sound.

    Raises:
        MissingError: the board has no folder of submissions.
        VerificationError: it has problems; lists them as `check` words them.
    """
    found = check(board)
    if found:
        raise VerificationError(
            "\n  ".join((f"Expected a sound leaderboard, found in {board}:", *found))
        )


def _reported_problems(board: Path) -> Iterator[str]:
    try:
        read_reported(board)
    except InputError as error:
        yield str(error)
