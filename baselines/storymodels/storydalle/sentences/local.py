"""A MiniLM-class encoder from a folder on this machine, run by transformers.

The folder is what sentence-transformers writes, of a transformer, pooling and perhaps
normalisation, or that of a plain transformer (`head`). Only safetensors are read, nothing in the
folder is run, and the network is not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor
from torch.nn import functional

from storybench.errors import InputError, MissingError
from storybench.files import sha256_file, sha256_json
from storymodels.storydalle.sentences.head import read_head

WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
BATCH = 64
"""Captions that are encoded at a time."""

READ = ("*.json", "*.safetensors", "*.txt", "*.model", "*/config.json")
"""The files of a folder that decide on the vectors, and a few that don't."""

Pool = Callable[[Tensor, Tensor], Tensor]
"""From vectors of tokens (n, t, width) and which are there (n, t, 1) to one each, (n, width)."""


class Local:
    """The encoder in a folder; its weights are loaded when the first caption comes.

    `name` is what records call it, by default that of the folder.

    Raises:
        MissingError: no transformer lies there, or transformers is not installed.
        InputError: it has a part that is none of the above, or a file is damaged.
    """

    def __init__(
        self, folder: Path, *, name: str | None = None, device: torch.device | str = "cpu"
    ) -> None:
        self.folder, self.device = folder, torch.device(device)
        self.name = name or folder.name
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
        self.width = self.head.width
        self._loaded: tuple[Any, Any] | None = None
        self._sha256 = _digest(folder)

    def record(self) -> dict[str, Any]:
        """Kind, width, and the SHA-256 over what the folder holds."""
        return {
            "kind": "transformers",
            "name": self.name,
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
                reason = " ".join(str(error).split())[:200]
                raise InputError(
                    f"Expected a transformer that can be read in {self.folder}, found one that "
                    f"cannot ({reason}). Is the folder whole?"
                ) from error
            self._loaded = (tokenizer, model.eval().float().to(self.device))
        return self._loaded


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
"""Each way of `head.POOLING`."""
