"""The table of contents of the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer
import typer.core

from storybench import __version__
from storybench.cli import (
    analyse,
    board,
    cache,
    characters,
    classifier,
    compare,
    console,
    data,
    didemo,
    doctor,
    export,
    flintstones,
    guard,
    looking,
    metrics,
    models,
    own,
    pororo,
    preds,
    protocols,
    quickstart,
    reproduce,
    scoring,
    shards,
    train,
    weights,
    why,
)
from storybench.cli import twin as toy

HELP = (
    "Datasets, baselines and a benchmark for story continuation: given a source frame and "
    "captions, generate the frames that follow.\n\nStart with: storybench quickstart. Every option "
    "also reads STORYBENCH_<COMMAND>_<OPTION>, and those that mean one thing everywhere "
    "STORYBENCH_<OPTION>."
)

SECTIONS: dict[str, dict[str, Callable[..., Any]]] = {
    "Start here": {"quickstart": quickstart.quickstart},
    "Data": {
        "twin": toy.twin,
        "build-pororo": pororo.build_pororo,
        "build-flintstones": flintstones.build_flintstones,
        "build-didemo": didemo.build_didemo,
        "build": own.build,
        "verify": shards.verify,
        "inspect": shards.inspect,
        "show": looking.show,
        "gallery": looking.gallery,
        "export": export.export,
    },
    "Models and scores": {
        "train": train.train,
        "generate": models.generate,
        "doctor": doctor.doctor,
        "eval": scoring.evaluate,
        "compare": compare.compare,
        "why": why.why,
        "reproduce": reproduce.reproduce,
    },
    "Leaderboard": {"submit": board.submit},
}
AMBIGUOUS = {"BATCH", "CAPTIONS", "CHANNEL_ORDER", "CLIP", "FRAMES", "MODEL", "OUT", "STORIES"}
"""Options that mean different things in different commands: no short environment variable."""
GROUPS: dict[str, tuple[str, str, dict[str, Callable[..., Any]]]] = {
    "data": (
        "Data",
        "Look at raw releases and at builds.",
        {"check": data.check, "explain": data.explain, "audit": looking.audit},
    ),
    "classifier": (
        "Models and scores",
        "Fit a character classifier, and see how good it is on real frames.",
        {"fit": classifier.fit, "card": classifier.card},
    ),
    "analyse": (
        "Models and scores",
        "Look into a trained model.",
        {
            "attention": analyse.attention,
            "characters": characters.characters,
            "replay": analyse.replay,
        },
    ),
    "weights": (
        "Models and scores",
        "Weights files that others made: list, add, fetch and verify them.",
        {
            "list": weights.list_weights,
            "add": weights.add,
            "fetch": weights.fetch,
            "verify": weights.verify,
        },
    ),
    "cache": (
        "Models and scores",
        "Features that were computed: show and clear them.",
        {"ls": cache.ls, "clear": cache.clear},
    ),
    "leaderboard": (
        "Leaderboard",
        "Check submissions and render the page.",
        {"build": board.build, "check": board.check},
    ),
    "preds": (
        "Models and scores",
        "Bring pictures of any known layout into the canonical one.",
        {
            "init": preds.init,
            "convert": preds.convert,
            "recognise": preds.recognise,
            "layouts": preds.layouts,
        },
    ),
    "protocols": (
        "Models and scores",
        "Ways to score: the project's own and those of papers.",
        {"list": protocols.list_protocols, "show": protocols.show},
    ),
    "metrics": (
        "Models and scores",
        "What metrics can be believed for.",
        {"card": metrics.card},
    ),
}
"""Commands of two words: the first, its section, its help, the second words."""


def run() -> None:
    """Run the command line of this process."""
    guard.install()
    command = typer.main.get_command(make_app())
    _read_environment(command)
    command(prog_name="storybench")


def make_app() -> typer.Typer:
    """The Typer application, with every command guarded."""
    app = typer.Typer(
        help=HELP,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        cls=_Commands,
    )
    app.callback()(_root)
    for section, commands in SECTIONS.items():
        for name, command in commands.items():
            app.command(name, rich_help_panel=section)(guard.guarded(command))
    for first, (section, text, commands) in GROUPS.items():
        group = typer.Typer(no_args_is_help=True, help=text)
        for name, command in commands.items():
            group.command(name)(guard.guarded(command))
        app.add_typer(group, name=first, rich_help_panel=section)
    return app


class _Commands(typer.core.TyperGroup):
    """Commands whose complaints about a value leave out the prefix of who checked it."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")
            raise


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


def _read_environment(command: Any, prefix: str = "STORYBENCH") -> None:
    """Let options read `STORYBENCH_<OPTION>` and `STORYBENCH_<COMMAND>_<OPTION>`."""
    for param in command.params:
        if param.param_type_name == "option":
            name = _constant(param.opts[0].removeprefix("--"))
            short = [] if name in AMBIGUOUS else [f"STORYBENCH_{name}"]
            param.envvar, param.show_envvar = [f"{prefix}_{name}", *short], False
    for name, child in getattr(command, "commands", {}).items():
        _read_environment(child, f"{prefix}_{_constant(name)}")


def _constant(name: str) -> str:
    return name.replace("-", "_").upper()
