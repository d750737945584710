"""Where a study keeps what it makes: one folder, and whose it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storybench.errors import InputError
from storybench.files import expect_folder, read_json, write_json

STUDY = "study.json"
RESULTS, TABLE, SHEET = "results.json", "results.md", "sheet.png"


@dataclass(frozen=True)
class Folder:
    """The places of everything, by names of worlds and trainings, and by seed."""

    path: Path

    def claim(self, record: Mapping[str, Any]) -> None:
        """Take the folder for a study, or go on with it.

        Raises:
            InputError: another study, start or set of options is in it, or it is a file.
        """
        expect_folder(self.path, what="the study")
        about = self.path / STUDY
        if about.is_file():
            if read_json(about) != record:
                raise InputError(
                    f"Expected the folder of this very study at {self.path}, found that of "
                    f"another, or of other weights to start from ({STUDY}). Choose another folder."
                )
            return
        if self.path.is_dir() and any(self.path.iterdir()):
            raise InputError(f"Expected a new or empty folder at {self.path}, found files.")
        self.path.mkdir(parents=True, exist_ok=True)
        write_json(about, record)

    def raw(self, world: str) -> Path:
        """The raw release of a world."""
        return self.path / "raw" / world

    def shards(self, world: str) -> Path:
        """What it is built into."""
        return self.path / "shards" / world

    @property
    def classifier(self) -> Path:
        """What recognises the characters."""
        return self.path / "classifier.safetensors"

    def run(self, training: str, seed: int) -> Path:
        """A training."""
        return self.path / "runs" / f"{training}-{seed}"

    def preds(self, training: str, seed: int) -> Path:
        """Its pictures."""
        return self.path / "preds" / f"{training}-{seed}"

    def report(self, training: str, seed: int) -> Path:
        """Their scores, beside them."""
        return self.path / "preds" / f"{training}-{seed}.report"

    def look(self, training: str, seed: int) -> Path:
        """What swapping its sources did."""
        return self.path / "looks" / f"{training}-{seed}"
