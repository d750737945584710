"""The dataset as `storybench` finds it: look at a raw folder, build what is in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from storybench.types import FileGuide, Progress, RawCheck, Survey
from storydata.flintstonessv.check import check
from storydata.flintstonessv.guide import GUIDE
from storydata.flintstonessv.options import Options
from storydata.flintstonessv.recipe import Flintstones
from storydata.flintstonessv.release import find_folder, open_release
from storydata.flintstonessv.survey import survey
from storydata.kit.building.dataset import Buildable
from storydata.kit.options import parse


class FlintstonesSV(Buildable):
    """The FlintstonesSV release to shards.

    Implements `storybench.registry.Dataset`. `options` are the fields of
    `storydata.flintstonessv.options.Options`.
    """

    def recognise(self, raw: Path) -> str | None:
        """The file or folder by which the release is known; None without any of them."""
        found = find_folder(raw) if raw.is_dir() else None
        if found is None:
            return None
        folder, mark = found
        where = folder.relative_to(raw).as_posix()
        return f"it has {mark if where == '.' else f'{where}/{mark}'} of FlintstonesSV"

    def guide(self) -> tuple[FileGuide, ...]:
        """Every kind of file of the release and of the dataset it was made from."""
        return GUIDE

    def check(
        self, raw: Path, *, deep: bool = False, on_progress: Progress | None = None
    ) -> RawCheck:
        """Look at a raw folder file by file; `deep` also reads every array and archive.

        Raises:
            MissingError: nothing of the release is in the raw folder; names what was looked for.
            InputError: the raw folder is a file.
            RawDataError: it was drawn by the toy world and does not say who plays in it.
        """
        release = open_release(raw)
        why = self.recognise(raw)
        assert why is not None, "a release was opened in a folder that is not recognised"
        return check(release, why, deep=deep, on_progress=on_progress)

    def survey(
        self, raw: Path, out: Path, *, workers: int = 1, options: Mapping[str, Any]
    ) -> Survey:
        """Say what a build would find, miss, need and cost, without writing anything.

        Raises:
            MissingError: the annotations or the split file are not there.
            InputError: an option does not fit, or a file is not what was expected.
        """
        return survey(self.recipe(raw, options), out, workers=workers)

    def recipe(self, raw: Path, options: Mapping[str, Any]) -> Flintstones:
        """The recipe for what lies in a raw folder.

        Raises:
            MissingError: the annotations or the split file are not there.
            InputError: an option does not fit, or a file is not what was expected.
        """
        return Flintstones(open_release(raw), parse(Options, options))


DATASET = FlintstonesSV()
