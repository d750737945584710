"""`predictions.json`: which model drew these pictures, for which stories, and what each one is.

Written last, so that its existence means the run is complete. It names the data by the digest of
its manifest and every picture by the SHA-256 of its decoded pixels; its own digest covers all of
that and is the identity of the set. Where pictures were converted, it also says which of them were
JPEG or lossy WebP before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    PositiveInt,
    SerializerFunctionWrapHandler,
    StringConstraints,
    TypeAdapter,
    model_serializer,
)

from storybench.errors import InputError, PredictionError, VerificationError
from storybench.files import read_json, sha256_json, write_json
from storybench.names import STORY_ID
from storybench.predictions.container import LOSSY, Container
from storybench.predictions.names import MANIFEST
from storybench.schema import validated


def _through_json(described: dict[str, Any]) -> dict[str, Any]:
    """The description as it will be when it is read again, so that a run equals itself."""
    try:
        return json.loads(json.dumps(described, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise InputError(
            f"Expected a model description of numbers, strings, lists and mappings, found {error}."
        ) from error


Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
StoryId = Annotated[str, StringConstraints(pattern=STORY_ID)]
Passed = Mapping[str, tuple[Container | None, ...]]
"""The containers that each story's pictures passed through; None is an array or a tensor."""

Description = Annotated[dict[str, Any], AfterValidator(_through_json)]
_Run = TypeVar("_Run", bound="Run")


class Run(BaseModel):
    """What fixes every picture of a run: two runs that agree here give the same pictures.

    `dataset` is the name in the spec, `data_digest` the digest of the shards' manifest, `n_targets`
    frames per story, `model` what the model says of itself in JSON values, `n_candidates` how many
    pictures were drawn for each that was kept.

    Raises:
        InputError: the description of the model holds something that JSON cannot say.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    dataset: str
    split: str
    data_digest: str
    n_targets: PositiveInt
    model: Description
    seed: int
    n_candidates: PositiveInt = 1


class PredictionManifest(Run):
    """A finished run: the pixel hashes of each story's frames, and the digest over everything.

    `size` is the side of every picture in pixels, None where it follows the source of each story.
    `containers` are those that the pictures of a story came in before they were converted, for the
    stories where one of them was lossy; it is left out of the file where there is no such story.
    """

    size: PositiveInt | None
    frames: dict[StoryId, tuple[Sha256, ...]]
    containers: dict[StoryId, tuple[Container | None, ...]] = {}
    digest: Sha256

    def lossy(self, story_id: str, k: int) -> Container | None:
        """The lossy container that target k once was in, None where it was in none."""
        passed = self.containers.get(story_id, ())
        found = passed[k - 1] if 1 <= k <= len(passed) else None
        return found if found in LOSSY else None

    @model_serializer(mode="wrap")
    def _without_empty(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        value = write(self)
        return value if self.containers else {k: v for k, v in value.items() if k != "containers"}


def make_manifest(
    run: Run,
    *,
    size: int | None,
    frames: Mapping[str, tuple[str, ...]],
    containers: Passed | None = None,
) -> PredictionManifest:
    """The manifest of a finished run, with its digest; lossless stories need no `containers`."""
    lossy = {story_id: of for story_id, of in (containers or {}).items() if LOSSY & set(of)}
    value = run.model_dump(mode="json") | {
        "size": size,
        "frames": {story_id: list(hashes) for story_id, hashes in frames.items()},
        **({"containers": {story_id: list(of) for story_id, of in lossy.items()}} if lossy else {}),
    }
    return PredictionManifest.model_validate(value | {"digest": sha256_json(value)})


def write_manifest(directory: Path, manifest: PredictionManifest) -> None:
    """Write `predictions.json`, whole or not at all."""
    write_json(directory / MANIFEST, manifest.model_dump(mode="json"))


def read_manifest(directory: Path) -> PredictionManifest:
    """Read `predictions.json` and check it against its own digest.

    Raises:
        MissingError: there is none.
        PredictionError: it is not JSON or not of this schema.
        VerificationError: it was edited after it was written.
    """
    path = directory / MANIFEST
    value = _read(path)
    manifest = _validated(PredictionManifest, value, path)
    found = sha256_json({name: part for name, part in value.items() if name != "digest"})
    if found != manifest.digest:
        raise VerificationError(
            f"Expected the digest {manifest.digest[:12]}… that {path} states, found "
            f"{found[:12]}…: the file was edited after it was written. Generate again."
        )
    return manifest


def find_manifest(directory: Path) -> PredictionManifest | None:
    """As `read_manifest`, and None where there is none."""
    return read_manifest(directory) if (directory / MANIFEST).exists() else None


def read_run(path: Path) -> Run:
    """Read the description of an unfinished run.

    Raises:
        PredictionError: it is not JSON or not of this schema.
    """
    return _validated(Run, _read(path), path)


def _read(path: Path) -> Any:
    try:
        return read_json(path)
    except InputError as error:
        raise PredictionError(str(error)) from error


def _validated(kind: type[_Run], value: Any, path: Path) -> _Run:
    try:
        return validated(TypeAdapter(kind), value, name=str(path))
    except InputError as error:
        raise PredictionError(
            f"{error} Generate again, or remove the file to have the model unknown."
        ) from error
