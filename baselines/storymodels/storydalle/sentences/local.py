"""A MiniLM-class encoder from a folder on this machine, run by transformers.

The folder is what sentence-transformers writes: `modules.json` says that a transformer is followed
by pooling and perhaps by normalisation, `1_Pooling/config.json` how the vectors of tokens become
one. A folder without these is a plain transformer, whose tokens are averaged. Only safetensors are
read, nothing in the folder is run, and the network is not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor
from torch.nn import functional

from storybench.errors import InputError, MissingError
from storybench.files import read_json, sha256_file, sha256_json

WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
BATCH = 64
"""Captions that are encoded at a time."""

READ = ("*.json", "*.safetensors", "*.txt", "*.model", "*/config.json")
"""The files of a folder that decide on the vectors, and a few that don't."""

LEGACY = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_max_tokens": "max",
}
"""How older folders say the way of pooling: one of several switches is on."""

Pool = Callable[[Tensor, Tensor], Tensor]
"""From vectors of tokens (n, t, width) and which are there (n, t, 1) to one each, (n, width)."""


@dataclass(frozen=True)
class Head:
    """What follows the transformer, and how captions are put to it.

    `pooling` is a key of `POOLS`; a caption has at most `max_tokens` tokens, None for as many as
    the transformer takes.
    """

    pooling: str
    normalises: bool
    max_tokens: int | None
    lowers: bool


class Local:
    """The encoder in a folder; its weights are loaded when the first caption comes.

    Raises:
        MissingError: no transformer lies there, or transformers is not installed.
        InputError: it has a part that is none of the above, or a file is damaged.
    """

    def __init__(self, folder: Path, *, device: torch.device | str = "cpu") -> None:
        self.folder, self.device = folder, torch.device(device)
        if not (folder / "config.json").is_file():
            raise MissingError(
                f"Expected a sentence encoder (config.json) in {folder}, found none."
            )
        if not any((folder / name).is_file() for name in WEIGHTS):
            raise MissingError(
                f"Expected weights as {WEIGHTS[0]} in {folder}, found none. Other formats can hold "
                "code and are not read."
            )
        self.head = read_head(folder)
        self.width = int(_number(read_json(folder / "config.json"), "hidden_size", folder))
        self._loaded: tuple[Any, Any] | None = None
        self._sha256 = _digest(folder)

    def record(self) -> dict[str, Any]:
        """Kind, width, and the SHA-256 over what the folder holds."""
        return {
            "kind": "transformers",
            "name": self.folder.name,
            "width": self.width,
            "pooling": self.head.pooling,
            "normalises": self.head.normalises,
            "sha256": self._sha256,
        }

    @torch.no_grad()
    def __call__(self, captions: Sequence[str]) -> Tensor:
        """The vectors, (n, width); captions of like length are encoded together."""
        order = sorted(range(len(captions)), key=lambda k: (len(captions[k]), captions[k]))
        out = torch.zeros(len(captions), self.width)
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            out[rows] = self._encode([captions[k] for k in rows]).float().cpu()
        return out

    def _encode(self, captions: list[str]) -> Tensor:
        tokenizer, model = self._load()
        texts = [caption.strip() for caption in captions]
        given = tokenizer(
            [text.lower() for text in texts] if self.head.lowers else texts,
            padding=True,
            truncation=True,
            max_length=self._max_tokens(tokenizer, model),
            return_tensors="pt",
        ).to(self.device)
        rows = model(**given).last_hidden_state
        pooled = POOLS[self.head.pooling](rows, given["attention_mask"][..., None].to(rows))
        return functional.normalize(pooled, dim=1) if self.head.normalises else pooled

    def _max_tokens(self, tokenizer: Any, model: Any) -> int:
        positions = getattr(model.config, "max_position_embeddings", None)
        bounds = (self.head.max_tokens or tokenizer.model_max_length, positions)
        return min(bound for bound in bounds if bound is not None)

    def _load(self) -> tuple[Any, Any]:
        if self._loaded is None:
            transformers = _transformers()
            options = {"local_files_only": True, "trust_remote_code": False}
            try:
                with _quiet(transformers.utils.logging):
                    tokenizer = transformers.AutoTokenizer.from_pretrained(self.folder, **options)
                    model = transformers.AutoModel.from_pretrained(
                        self.folder, use_safetensors=True, **options
                    )
            except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
                raise InputError(
                    f"Expected a transformer that can be read in {self.folder}, found one that "
                    f"cannot ({str(error).splitlines()[0][:200]}). Is the folder whole?"
                ) from error
            self._loaded = (tokenizer, model.eval().float().to(self.device))
        return self._loaded


def read_head(folder: Path) -> Head:
    """What a folder says beside the transformer.

    Raises:
        InputError: it names a part or a pooling that is not known here.
    """
    kinds = _kinds(folder)
    said = _optional(folder / "sentence_bert_config.json")
    prompt = _optional(folder / "config_sentence_transformers.json").get("default_prompt_name")
    if prompt is not None:
        raise InputError(
            f"Expected a sentence encoder that reads captions as they are in {folder}, found one "
            f"that puts its prompt {prompt!r} before them. Take another encoder."
        )
    return Head(
        pooling=_pooling(folder / kinds["Pooling"] / "config.json") if kinds else "mean",
        normalises="Normalize" in kinds,
        max_tokens=said.get("max_seq_length"),
        lowers=bool(said.get("do_lower_case", False)),
    )


def _optional(path: Path) -> dict[str, Any]:
    return read_json(path) if path.is_file() else {}


def _kinds(folder: Path) -> dict[str, str]:
    """The parts of the encoder in order and the folder of each; nothing for a plain transformer."""
    listing = folder / "modules.json"
    if not listing.is_file():
        return {}
    kinds = {str(part["type"]).rsplit(".", 1)[-1]: str(part["path"]) for part in read_json(listing)}
    if list(kinds) not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        raise InputError(
            f"Expected a transformer, pooling and perhaps normalisation in {listing}, found "
            f"{', '.join(kinds) or 'nothing'}. Take another encoder."
        )
    return kinds


def _pooling(path: Path) -> str:
    """The way of pooling, as folders of today say it or as older ones do."""
    said = read_json(path)
    modes = said.get("pooling_mode")
    if modes is None:
        keys = [key for key, is_on in said.items() if key.startswith("pooling_mode_") and is_on]
        modes = [LEGACY.get(key, key) for key in keys]
    modes = [modes] if isinstance(modes, str) else list(modes)
    if len(modes) != 1 or modes[0] not in POOLS:
        raise InputError(
            f"Expected one way of pooling, {', '.join(POOLS)}, in {path}, found "
            f"{', '.join(map(str, modes)) or 'none'}. Take another encoder."
        )
    return modes[0]


def _number(said: Any, name: str, folder: Path) -> int:
    found = said.get(name) if isinstance(said, dict) else None
    if not isinstance(found, int) or found < 1:
        raise InputError(f"Expected the number {name} in {folder / 'config.json'}, found {found}.")
    return found


def _digest(folder: Path) -> str:
    """SHA-256 over names and content of the files that are read."""
    files = sorted({path for pattern in READ for path in folder.glob(pattern) if path.is_file()})
    return sha256_json({path.relative_to(folder).as_posix(): sha256_file(path) for path in files})


def _transformers() -> Any:
    try:
        return import_module("transformers")
    except ModuleNotFoundError as error:
        raise MissingError(
            "Expected the package transformers, which sentence encoders are run by; it is not "
            "installed. Install it with: pip install 'storybench[baselines]'"
        ) from error


@contextmanager
def _quiet(log: Any) -> Iterator[None]:
    """No bars and no remarks of transformers, whose settings are as before afterwards."""
    verbosity, has_bars = log.get_verbosity(), log.is_progress_bar_enabled()
    log.set_verbosity_error()
    log.disable_progress_bar()
    try:
        yield
    finally:
        log.set_verbosity(verbosity)
        if has_bars:
            log.enable_progress_bar()


def _first(rows: Tensor, _: Tensor) -> Tensor:
    return rows[:, 0]


def _mean(rows: Tensor, there: Tensor) -> Tensor:
    return (rows * there).sum(1) / there.sum(1).clamp(min=1e-9)


def _max(rows: Tensor, there: Tensor) -> Tensor:
    return rows.masked_fill(there == 0, float("-inf")).amax(1)


POOLS: dict[str, Pool] = {"cls": _first, "mean": _mean, "max": _max}
