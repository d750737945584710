"""Fit a character classifier on a build: learn, watch the held-out episodes, keep the best, stop.

Multi-label binary cross-entropy with rare characters weighted up, calibrated on the held-out
episodes at the end. Progress is on disk after every epoch and every minute; the same build,
settings, start and versions give the same file on one processor, whether or not it was stopped; a
GPU adds up gradients in another order every time.
"""

from __future__ import annotations

import dataclasses
import platform
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from storybench.errors import InputError, MissingError
from storybench.files import expect_file, sha256_file, sha256_json
from storybench.metrics import confusion
from storybench.metrics.classifier import calibration, checkpoint, document, networks, training
from storybench.metrics.classifier.checkpoint import Standing
from storybench.metrics.classifier.division import Division, divide
from storybench.metrics.classifier.document import DataRecord, Document
from storybench.metrics.classifier.frames import Frames, Reader, labelled_frames
from storybench.metrics.classifier.settings import SMALL, Settings
from storybench.metrics.classifier.starting import start
from storybench.metrics.runner import chosen_device, require_device
from storybench.shards.reader import Stories
from storybench.types import Progress

SECONDS_BETWEEN_SAVES = 60.0
PACKAGES = ("storybench", "numpy", "scipy", "pillow", "torch", "torchvision")


def fit(
    shards: Path | str,
    out: Path,
    *,
    settings: Settings = SMALL,
    init: Path | None = None,
    device: str | None = None,
    on_progress: Progress | None = None,
) -> Document:
    """Fit a classifier on the labelled frames of a build and write it to `out`.

    Returns at once where `out` is the result of the same fit; goes on where one was stopped.

    Args:
        shards: a finished build whose frames have character labels.
        out: where the file goes, a name ending in ".safetensors".
        settings: every other choice.
        init: parameters to start from: torchvision's pretrained Inception-v3, a classifier's file
            or a trunk; its heads are left out.
        device: as torch names it; that of `runner.chosen_device` if None.
        on_progress: called after each step.

    Raises:
        MissingError: no finished build, no file to start from, or no such device here.
        InputError: no labels, too few episodes, a start of another network, `out` or its
            checkpoint being of another fit, or `out` a folder.
        UnknownNameError: no such architecture.
    """
    if out.suffix != ".safetensors":
        raise InputError(f"Expected a name ending in .safetensors for the classifier, found {out}.")
    expect_file(out, what="the classifier")
    task = _prepare(Path(shards), settings, init, device)
    if out.is_file():
        return _finished(out, task)
    progress_path = checkpoint.path_of(out)
    fitted = _Fit(task, progress_path, on_progress).run()
    network = networks.empty(settings.arch, len(task.characters))
    network.load_state_dict(fitted.best, assign=True)
    document_of_it = _judge(network.to(task.device), task, fitted)
    document.write(out, fitted.best, document_of_it)
    progress_path.unlink(missing_ok=True)
    return document_of_it


@dataclass(frozen=True, eq=False)
class _Task:
    """All that decides the result."""

    stories: Stories
    division: Division
    train: Frames
    val: Frames
    settings: Settings
    init: Path | None
    init_sha256: str | None
    device: torch.device
    key: str

    @property
    def characters(self) -> tuple[str, ...]:
        return self.stories.spec.characters


def _prepare(shards: Path, settings: Settings, init: Path | None, device: str | None) -> _Task:
    networks.architecture(settings.arch)
    stories, frames = Stories(shards), labelled_frames(shards)
    splits = {name: set(Stories(shards, name).clusters) for name in stories.manifest.splits}
    division = divide(splits, set(frames.episodes.tolist()))
    if init is not None and not init.is_file():
        raise MissingError(f"Expected parameters to start from at {init}, found no file.")
    init_sha256 = None if init is None else sha256_file(init)
    name = device or chosen_device()
    require_device(name)
    key = sha256_json(
        {
            "settings": dataclasses.asdict(settings),
            "data": stories.digest,
            "division": dataclasses.asdict(division),
            "init": init_sha256,
            "device": name,
            "versions": _versions(),
        }
    )
    return _Task(
        stories=stories,
        division=division,
        train=frames.of(division.train),
        val=frames.of(division.val).middles(),
        settings=settings,
        init=init,
        init_sha256=init_sha256,
        device=torch.device(name),
        key=key,
    )


def _finished(out: Path, task: _Task) -> Document:
    """The document of a finished fit, if it is the one that was asked for."""
    _, found = document.read(out)
    asked = (task.stories.digest, dataclasses.asdict(task.settings), task.init_sha256)
    if (found.data.digest, found.settings, found.init_sha256) != asked:
        raise InputError(
            f"Expected no file at {out}, or one of the same fit, found a classifier of other data "
            "or settings. Remove it, or write to another --out."
        )
    return found


class _Fit:
    """The loop: an epoch is learnt, watched and saved; the best is kept."""

    def __init__(self, task: _Task, path: Path, on_progress: Progress | None) -> None:
        self.task, self.path, self.on_progress = task, path, on_progress
        settings = task.settings
        self.reader = Reader(
            task.stories.directory, side=networks.architecture(settings.arch).pixels.side
        )
        n = len(task.train if settings.frames == "all" else task.train.middles())
        self.steps = training.steps_of(n, settings.batch)
        self.total = self.steps * settings.epochs
        self.weights = training.positive_weights(task.train.labels, settings.balance)
        self.weights = self.weights.to(task.device)

    def run(self) -> Standing:
        """Where it stands at the end."""
        task, settings = self.task, self.task.settings
        standing = checkpoint.load(self.path, key=task.key)
        network = start(settings, len(task.characters), task.init if standing is None else None)
        if standing is not None:
            network.load_state_dict(standing.network)
        network = network.to(task.device).to(memory_format=torch.channels_last)  # pyright: ignore
        optimizer = torch.optim.AdamW(
            network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        if standing is None:
            standing = Standing(0, {}, {})
        else:
            _restore(optimizer, standing.optimizer)
        first = standing.step // self.steps
        for epoch in range(first, settings.epochs):
            if _is_over(standing.history, settings.patience):
                break
            self._learn(network, optimizer, standing, epoch)
            self._watch(network, standing)
            self._save(network, optimizer, standing)
        return standing

    def _learn(
        self, network: nn.Module, optimizer: torch.optim.Optimizer, standing: Standing, epoch: int
    ) -> None:
        """The steps of one epoch that are still to take."""
        settings = self.task.settings
        network.train()
        frames = training.epoch_frames(self.task.train, settings, epoch)
        left = frames.at(np.arange((standing.step % self.steps) * settings.batch, len(frames)))
        saved = time.monotonic()
        for planes, labels in self.reader.batches(left, settings.batch):
            loss = training.take_step(
                network,
                optimizer,
                planes,
                labels,
                weights=self.weights,
                settings=settings,
                step=standing.step,
                total=self.total,
            )
            standing.step += 1
            standing.losses.append(loss)
            if self.on_progress is not None:
                self.on_progress(standing.step, self.total, _words(standing.history))
            is_last = standing.step % self.steps == 0
            if not is_last and time.monotonic() - saved > SECONDS_BETWEEN_SAVES:
                self._save(network, optimizer, standing)
                saved = time.monotonic()

    def _watch(self, network: nn.Module, standing: Standing) -> None:
        """Score the held-out frames, and keep these parameters if none were better."""
        batches = self.reader.batches(self.task.val, self.task.settings.batch)
        logits, labels = training.logits_of(network, batches, self.task.device)
        row = {"epoch": float(len(standing.history)), "loss": float(np.mean(standing.losses))}
        row |= _scores(logits, labels)
        if not standing.best or _rank(row) > max(map(_rank, standing.history)):
            standing.best = _copied(network)
        standing.history.append(row)
        standing.losses = []

    def _save(
        self, network: nn.Module, optimizer: torch.optim.Optimizer, standing: Standing
    ) -> None:
        standing.network = _copied(network)
        standing.optimizer = optimizer.state_dict()["state"]
        checkpoint.save(self.path, standing, key=self.task.key)


def _judge(network: nn.Module, task: _Task, standing: Standing) -> Document:
    """Calibrate the best parameters on the held-out frames, and say all about them."""
    side = networks.architecture(task.settings.arch).pixels.side
    reader = Reader(task.stories.directory, side=side)
    logits, labels = training.logits_of(
        network, reader.batches(task.val, task.settings.batch), task.device
    )
    fitted = calibration.fit(logits, labels)
    best = max(range(len(standing.history)), key=lambda n: (_rank(standing.history[n]), -n))
    return Document(
        arch=task.settings.arch,
        characters=task.characters,
        data=DataRecord(
            dataset=task.stories.spec.name,
            version=task.stories.spec.version,
            digest=task.stories.digest,
            train_episodes=task.division.train,
            val_episodes=task.division.val,
            n_train_frames=len(task.train),
            n_val_frames=len(task.val),
            train_support=tuple(map(int, task.train.labels.sum(axis=0))),
        ),
        settings=dataclasses.asdict(task.settings),
        init_sha256=task.init_sha256,
        device=task.device.type,
        best_epoch=best,
        history=tuple(standing.history),
        calibration=fitted,
        scores=_scores(calibration.apply(fitted, logits), labels),
        versions=_versions(),
    )


def _scores(logits: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Micro F1, frame accuracy, log loss and calibration error of frames taken singly."""
    zeros, each = np.zeros(len(labels), np.intp), np.arange(len(labels))
    decided = confusion.decide(logits)
    counts = confusion.count(decided, labels, rows=zeros, story=each, n_rows=1).total
    return {
        "charf1": float(confusion.f_micro(counts)),
        "frame_acc": float(confusion.frame_accuracy(counts)),
        "log_loss": calibration.log_loss(logits, labels),
        "calibration_error": calibration.calibration_error(logits, labels),
    }


def _rank(row: dict[str, float]) -> tuple[float, float]:
    """The better the higher: micro F1, and where that is equal the likelihood."""
    return row["charf1"], -row["log_loss"]


def _is_over(history: list[dict[str, float]], patience: int) -> bool:
    if not history:
        return False
    best = max(range(len(history)), key=lambda n: (_rank(history[n]), -n))
    return len(history) - 1 - best >= patience


def _copied(network: nn.Module) -> dict[str, Tensor]:
    return {
        name: value.detach().cpu().clone(memory_format=torch.contiguous_format)
        for name, value in network.state_dict().items()
    }


def _restore(optimizer: torch.optim.Optimizer, state: dict[int, dict[str, Tensor]]) -> None:
    whole = optimizer.state_dict()
    optimizer.load_state_dict({"state": state, "param_groups": whole["param_groups"]})


def _words(history: list[dict[str, float]]) -> str:
    if not history:
        return "steps"
    best = max(row["charf1"] for row in history)
    return f"steps, best F1 on held-out episodes {best:.3f}"


def _versions() -> dict[str, str]:
    installed = {"python": platform.python_version()}
    return installed | {name: metadata.version(name) for name in PACKAGES}
