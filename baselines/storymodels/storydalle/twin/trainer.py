"""The twin model's making as a trainer that `storybench train` finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from storybench.errors import InputError, MissingError, UnknownNameError
from storybench.files import read_json
from storybench.shards.manifest import MANIFEST_NAME
from storybench.types import Progress
from storymodels.storydalle.train_options import TrainOptions
from storymodels.storydalle.twin import MADE
from storymodels.storydalle.twin.making import DRAFT, STAGES, TWIN_BASE, Making, make

PRESETS: Mapping[str, tuple[Making, str]] = {
    "packaged": (TWIN_BASE, "as the one that comes with the package"),
    "draft": (DRAFT, "a quarter of the steps, to see whether all is well"),
}

READ = ("device", "log_every", "checkpoint_every", "keep", "sample_every")
"""The options that may be given."""


class TwinTrainer:
    """The trainer `twin-base` of `storybench.trainers`."""

    def presets(self) -> Mapping[str, str]:
        """The named ways to make it, and half a sentence of each."""
        return {name: about for name, (_, about) in PRESETS.items()}

    def train(
        self,
        data: Path,
        out: Path,
        *,
        preset: str,
        options: Mapping[str, Any],
        on_progress: Progress | None = None,
        say: Callable[[str], None] = lambda sentence: None,
    ) -> Mapping[str, Any]:
        """As `making.make`; `data` is a build or a folder of builds, all of which are learned from.

        Raises:
            UnknownNameError: no preset of that name.
            MissingError: no build in `data`.
            InputError: as for `make`, or an option is given that is not read.
        """
        if preset not in PRESETS:
            known = ", ".join(PRESETS)
            raise UnknownNameError(
                f"Expected a preset of the twin model, found {preset!r}. Known: {known}."
            )
        asked = TrainOptions.of(options)
        _expect_read(asked)
        machine = asked.machine  # no such device is said before builds are looked for
        folder = make(
            builds_in(data),
            out,
            making=PRESETS[preset][0],
            keeping=asked.keeping,
            machine=machine,
            on_progress=on_progress,
            say=say,
        )
        made = read_json(folder / MADE)
        return {
            "checkpoint": str(folder),
            "steps": sum(made[stage]["steps"] for stage in STAGES),
            "loss": made["captions"]["nats_a_code"],
            "seconds": sum(made[stage]["seconds"] for stage in STAGES),
        }


def _expect_read(asked: TrainOptions) -> None:
    """See that no other option than those of `READ` differs from its default."""
    unread = [
        f"--{field.name.replace('_', '-')}"
        for field in fields(TrainOptions)
        if field.name not in READ and getattr(asked, field.name) != field.default
    ]
    if unread:
        raise InputError(
            "Expected the twin model to be made as its preset says, by one process and from every "
            f"split, found {', '.join(unread)}. Leave out all but --device and those of what is "
            "kept."
        )


def builds_in(data: Path) -> list[Path]:
    """The folder itself if it is a build, else all builds that stand in it, by name.

    Raises:
        MissingError: there is none.
    """
    if (data / MANIFEST_NAME).is_file():
        return [data]
    found = sorted(path.parent for path in data.glob(f"*/{MANIFEST_NAME}"))
    if not found:
        raise MissingError(
            f"Expected a build, or a folder with builds, in {data}, found none. The toy world "
            "makes some: see `storybench twin --help`."
        )
    return found


TRAINER = TwinTrainer()
