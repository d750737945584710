"""The dataset as `storybench` finds it: look at a raw folder, build what it turns out to be."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from storybench.errors import InputError, MissingError
from storybench.types import FileGuide, Progress, RawCheck, Survey
from storydata.didemosv.check import check
from storydata.didemosv.guide import GUIDE
from storydata.didemosv.listing import find_release, list_files
from storydata.didemosv.options import Options, parse
from storydata.didemosv.raw import find_annotations
from storydata.didemosv.recipe import Rebuilt
from storydata.didemosv.released import Released
from storydata.didemosv.spec import ANNOTATION_FILES, RELEASED_FILES
from storydata.didemosv.survey import survey
from storydata.kit.building.dataset import Buildable


class DidemoSV(Buildable):
    """DiDeMo annotations with videos, or the released DiDeMoSV frames, to shards.

    Implements `storybench.registry.Dataset`. `options` are the fields of
    `storydata.didemosv.options.Options`.
    """

    def recognise(self, raw: Path) -> str | None:
        """Annotations, or the lists of the release, that lie in the folder; None without either."""
        if not raw.is_dir():
            return None
        if annotations := find_annotations(raw):
            return f"it has {', '.join(path.name for path in annotations.values())} of DiDeMo"
        if folder := find_release(raw):
            names = [file.path.name for file in list_files(folder).values()]
            return f"it has {', '.join(names)} of the released DiDeMoSV"
        return None

    def guide(self) -> tuple[FileGuide, ...]:
        """Every kind of file of DiDeMo and of the release."""
        return GUIDE

    def check(
        self, raw: Path, *, deep: bool = False, on_progress: Progress | None = None
    ) -> RawCheck:
        """Look at a raw folder file by file; `deep` also opens every video or frame.

        Raises:
            MissingError: there is no release in the raw folder; names what was looked for.
            InputError: there are two, or a file is not what was expected.
        """
        recipe = recipe_for(raw, Options())
        why = self.recognise(raw)
        assert why is not None, "a recipe was found for a folder that is not recognised"
        return check(recipe, why, deep=deep, on_progress=on_progress)

    def survey(
        self, raw: Path, out: Path, *, workers: int = 1, options: Mapping[str, Any]
    ) -> Survey:
        """Say what a build would find, miss, need and cost, without writing anything.

        Raises:
            MissingError: there is no release in the raw folder; names what was looked for.
            InputError: there are two, an option does not fit, or a file is not what was expected.
        """
        return survey(self.recipe(raw, options), out, workers=workers)

    def recipe(self, raw: Path, options: Mapping[str, Any]) -> Rebuilt | Released:
        """The recipe for what lies in a raw folder.

        Raises:
            MissingError: there is no release in the raw folder; names what was looked for.
            InputError: there are two, or an option does not fit.
        """
        return recipe_for(raw, parse(options))


DATASET = DidemoSV()


def recipe_for(raw: Path, options: Options) -> Rebuilt | Released:
    """The recipe for what lies in a raw folder.

    Raises:
        MissingError: neither annotations nor released frames are there; names both.
        InputError: both are there, or an option is for the other of the two.
    """
    if not raw.exists():
        raise MissingError(f"Expected the raw folder {raw}, found nothing there.")
    if not raw.is_dir():
        raise InputError(f"Expected the raw folder {raw}, found a file.")
    annotations, folder = find_annotations(raw), find_release(raw)
    if annotations and folder:
        raise InputError(
            f"Expected one release in {raw}, found two: DiDeMo annotations "
            f"({next(iter(annotations.values()))}) and released DiDeMoSV frames (listed in "
            f"{folder}). Which one? Give each a folder of its own and name the one to build."
        )
    if folder:
        _check_fits_frames(options)
        return Released(raw, folder, options)
    if annotations:
        _check_fits_videos(options)
        return Rebuilt(raw, options)
    raise MissingError(
        f"Expected DiDeMo annotations ({', '.join(ANNOTATION_FILES.values())}) in {raw} or its "
        f"data folder, or the released DiDeMoSV ({', '.join(RELEASED_FILES.values())}) in {raw} or "
        "its didemo folder, found neither. The annotations are in the data folder of the "
        "repository LisaAnne/LocalizingMoments."
    )


def _check_fits_frames(options: Options) -> None:
    if options.videos is not None:
        raise InputError(
            f"Expected no --videos for released frames, found {options.videos}. Leave it out, or "
            "name a raw folder with DiDeMo annotations."
        )
    if options.stories != "windows":
        raise InputError(
            f"Expected no --stories for released frames, found {options.stories}: the release says "
            "itself which frames make a story. Leave it out."
        )


def _check_fits_videos(options: Options) -> None:
    if options.order != "fixed" or options.captions != "own":
        raise InputError(
            "Expected --channel-order release and --captions by-path for released frames only, "
            "found DiDeMo annotations with videos, whose frames are RGB. Leave them out."
        )
