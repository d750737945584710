"""`storybench submit` and `storybench leaderboard`: from a report to a row on a page."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from storybench.cli import console
from storybench.cli.options import Board, Data, Json, Preds
from storybench.errors import VerificationError

LEADERBOARD = Path("leaderboard")


def submit(
    report: Annotated[
        Path, typer.Option(help="The report.json that `storybench eval` wrote, or its folder.")
    ],
    preds: Preds,
    data: Data,
    name: Annotated[str, typer.Option(help="The system's name on the board.")],
    authors: Annotated[str, typer.Option(help="Who made it.")],
    url: Annotated[str, typer.Option(help="Paper or code.")] = "",
    description: Annotated[str, typer.Option(help="One sentence about the system.")] = "",
    board: Board = LEADERBOARD,
    as_json: Json = False,
) -> None:
    """Write a submission folder, ready for a pull request.

    Example: storybench submit --report R.json --preds P --data D --name Mine --authors Me
    """
    from storybench.board.submissions.submit import submit as write_submission
    from storybench.report.place import REPORT, folder_of

    folder = write_submission(
        folder_of(report) / REPORT if report.is_dir() else report,
        preds,
        data,
        board=board,
        name=name,
        authors=authors,
        url=url,
        description=description,
    )
    if as_json:
        console.emit_json({"submission": str(folder)})
        return
    console.say(str(folder))
    console.hint(
        f"Next: storybench leaderboard build {quote(str(board))}, or commit the folder and open a "
        "pull request"
    )


def build(
    board: Annotated[Path, typer.Argument(help="The leaderboard folder.")] = LEADERBOARD,
    out: Annotated[
        Path | None, typer.Option(help="The page; default BOARD/site/index.html.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Render every submission into one static page that opens from disk.

    Example: storybench leaderboard build leaderboard/ --out page.html
    """
    from storybench.board.page.render import build_board

    page = build_board(board, out or board / "site" / "index.html")
    if as_json:
        console.emit_json({"page": str(page)})
        return
    console.say(str(page))


def check(
    board: Annotated[Path, typer.Argument(help="The leaderboard folder.")] = LEADERBOARD,
    as_json: Json = False,
) -> None:
    """Check every submission's files, hashes and ids.

    Example: storybench leaderboard check leaderboard/
    """
    from storybench.board.check import check as find_problems

    problems = find_problems(board)
    if as_json:
        console.emit_json({"board": str(board), "problems": list(problems)})
    elif not problems:
        console.say(f"{board}: every submission is sound")
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise VerificationError("\n  ".join((f"{count} in {board}:", *problems)))
