"""The table of contents of the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any

import typer

from storybench import __version__
from storybench.cli import board, console, data, guard, models, quickstart, scoring, shards

HELP = (
    "Datasets, baselines and a benchmark for story continuation: given a source frame and "
    "captions, generate the frames that follow.\n\nStart with: storybench quickstart"
)

SECTIONS: dict[str, dict[str, Callable[..., Any]]] = {
    "Start here": {"quickstart": quickstart.quickstart},
    "Data": {
        "twin": data.twin,
        "build-didemo": data.build_didemo,
        "verify": shards.verify,
        "inspect": shards.inspect,
    },
    "Models and scores": {"generate": models.generate, "eval": scoring.evaluate},
    "Leaderboard": {"submit": board.submit},
}
LEADERBOARD = {"build": board.build, "check": board.check}


def run() -> None:
    """Run the command line of this process."""
    guard.install()
    command = typer.main.get_command(make_app())
    _read_environment(command)
    command(prog_name="storybench")


def make_app() -> typer.Typer:
    """The Typer application, with every command guarded."""
    app = typer.Typer(
        help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
    )
    app.callback()(_root)
    for section, commands in SECTIONS.items():
        for name, command in commands.items():
            app.command(name, rich_help_panel=section)(guard.guarded(command))
    leaderboard = typer.Typer(no_args_is_help=True, help="Check submissions and render the page.")
    for name, command in LEADERBOARD.items():
        leaderboard.command(name)(guard.guarded(command))
    app.add_typer(leaderboard, name="leaderboard", rich_help_panel="Leaderboard")
    return app


def _version(wanted: bool) -> None:
    if wanted:
        console.say(f"storybench {__version__}")
        raise typer.Exit


def _root(
    verbose: Annotated[
        int, typer.Option("--verbose", "-v", count=True, help="-vv shows tracebacks.")
    ] = 0,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version)
    ] = False,
) -> None:
    guard.set_verbosity(verbose)


def _read_environment(command: Any) -> None:
    """Let every option read `STORYBENCH_<OPTION>`, in all commands alike."""
    for option in _options(command):
        name = option.opts[0].removeprefix("--").replace("-", "_").upper()
        option.envvar = f"STORYBENCH_{name}"


def _options(command: Any) -> Iterable[Any]:
    yield from (param for param in command.params if param.param_type_name == "option")
    for child in getattr(command, "commands", {}).values():
        yield from _options(child)
