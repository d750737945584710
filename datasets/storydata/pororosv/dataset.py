"""The dataset as `storybench` finds it: look at a raw folder, build what it turns out to be."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from storybench.errors import StorybenchError
from storybench.types import FileGuide, Progress, RawCheck, Survey
from storydata.kit.building.dataset import Buildable
from storydata.kit.options import parse
from storydata.pororosv.check import check
from storydata.pororosv.guide import GUIDE
from storydata.pororosv.options import Options
from storydata.pororosv.recipe import Pororo
from storydata.pororosv.release import find_release
from storydata.pororosv.survey import survey


class PororoSV(Buildable):
    """The PororoSV release, or PororoQA's own clips, to shards.

    Implements `storybench.registry.Dataset`. `options` are the fields of
    `storydata.pororosv.options.Options`.
    """

    def recognise(self, raw: Path) -> str | None:
        """Why this folder holds PororoSV, in half a sentence; None if it does not."""
        try:
            release = find_release(raw)
        except StorybenchError:
            return None
        if release is None:
            return None
        kind = "PororoQA's animations" if release.is_original else "strips"
        tables = f" and {', '.join(sorted(release.tables)[:2])}" if release.tables else ""
        return f"it has {release.n_clips:,} {kind} of {len(release.clips):,} episodes{tables}"

    def guide(self) -> tuple[FileGuide, ...]:
        """Every kind of file of the release and what it is for."""
        return GUIDE

    def check(
        self, raw: Path, *, deep: bool = False, on_progress: Progress | None = None
    ) -> RawCheck:
        """Look at a raw folder file by file; `deep` also decodes every clip and reads archives.

        Raises:
            MissingError: nothing of the release is there.
            InputError: there are two releases.
        """
        why = self.recognise(raw) or "it was named"
        return check(raw, why, deep=deep, on_progress=on_progress)

    def survey(
        self, raw: Path, out: Path, *, workers: int = 1, options: Mapping[str, Any]
    ) -> Survey:
        """Say what a build would find, miss, need and cost, without writing anything.

        Raises:
            MissingError: no release, no captions, or no split ids; says what can be done.
            InputError: there are two releases, an option does not fit, or a file is not what was
                expected.
        """
        return survey(self.recipe(raw, options), out, workers=workers)

    def recipe(self, raw: Path, options: Mapping[str, Any]) -> Pororo:
        """The recipe for what lies in a raw folder.

        Raises:
            InputError: an option does not fit.
        """
        return Pororo(raw, parse(Options, options))


DATASET = PororoSV()
