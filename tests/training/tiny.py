"""A small task with all that makes training hard to repeat: dropout, order, a short last step.

Run as a module it trains, for tests that kill it or start it under torchrun.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor

from storymodels.training.folder import Keeping
from storymodels.training.loop import Trained, train
from storymodels.training.machine import Machine
from storymodels.training.recipe import Recipe

WIDTH = 8


@dataclass(frozen=True)
class Batch:
    """What is seen, (n, width), and what is to be said of it, (n,)."""

    seen: Tensor
    said: Tensor


class Net(nn.Module):
    """Frozen features, a layer with dropout, a head."""

    def __init__(self, dropout: float, width: int = WIDTH) -> None:
        super().__init__()
        self.features = nn.Linear(WIDTH, width)
        self.body = nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Dropout(dropout))
        self.head = nn.Linear(width, 3)

    def forward(self, seen: Tensor) -> Tensor:
        return self.head(self.body(self.features(seen)))


class Tiny:
    """A task of `n_items` items, all made from their numbers."""

    def __init__(
        self, n_items: int = 10, *, dropout: float = 0.3, pause: float = 0.0, width: int = WIDTH
    ) -> None:
        torch.manual_seed(5)
        self.module: nn.Module = Net(dropout, width)
        self.moved: Collection[str] = [
            n for n, _ in self.module.named_parameters() if not n.startswith("features")
        ]
        self.n_items, self.pause = n_items, pause
        self.drawn: list[Path] = []

    def batches(self, epoch: int, items: Sequence[Sequence[int]]) -> Iterator[Batch]:
        for group in items:
            time.sleep(self.pause)
            seen = torch.stack([self._seen(item) for item in group])
            yield Batch(seen, torch.tensor([item % 3 for item in group]))

    def example(self, n_items: int) -> Batch:
        return Batch(torch.zeros(n_items, WIDTH), torch.zeros(n_items, dtype=torch.long))

    def losses(self, module: nn.Module, batch: Batch) -> Mapping[str, Tensor]:
        logits = module(batch.seen)
        loss = nn.functional.cross_entropy(logits, batch.said)
        return {"loss": loss, "spread": logits.detach().std()}

    def units(self) -> Sequence[nn.Module]:
        net = self.module
        assert isinstance(net, Net)
        return [net.body]

    def write_about(self, folder: Path, *, step: int) -> None:
        (folder / "model.json").write_text(json.dumps({"step": step}))

    def draw(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"a picture")
        torch.rand(3)
        self.drawn.append(path)

    @staticmethod
    def _seen(item: int) -> Tensor:
        return torch.randn(WIDTH, generator=torch.Generator().manual_seed(item))


def run(
    out: Path, task: Tiny | None = None, machine: Machine | None = None, **fields: Any
) -> Trained:
    """Train it with fields of `Recipe` and `Keeping`."""
    kept = {name: fields.pop(name) for name in Keeping.__slots__ if name in fields}
    keeping = Keeping(**{"checkpoint_every": 3, **kept})
    recipe = Recipe(**{"n_epochs": 4, "rate": 0.01, **fields})
    return train(
        task or Tiny(),
        out,
        recipe,
        record={"of": "tiny"},
        keeping=keeping,
        machine=machine or Machine(),
    )


class Interrupted(Tiny):
    """Ctrl-C comes while the fourth batch is made."""

    def batches(self, epoch: int, items: Sequence[Sequence[int]]) -> Iterator[Batch]:
        for number, batch in enumerate(super().batches(epoch, items)):
            if number == 3:
                signal.raise_signal(signal.SIGINT)
            yield batch


class Watched(Tiny):
    """How many numbers of gradients a process holds when it takes each part."""

    def __init__(self, *args: Any, **fields: Any) -> None:
        super().__init__(*args, **fields)
        self.held: list[int] = []

    def batches(self, epoch: int, items: Sequence[Sequence[int]]) -> Iterator[Batch]:
        for batch in super().batches(epoch, items):
            gradients = [p.grad for p in self.module.parameters() if p.grad is not None]
            own = [g.to_local() if isinstance(g, DTensor) else g for g in gradients]
            self.held.append(sum(gradient.numel() for gradient in own))
            yield batch


def main() -> None:
    """Train as asked; `ended-<rank>` beside the run says how, `held-<rank>` what was watched."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--pause", type=float, default=0.0)
    parser.add_argument("--dropout", type=float, default=0.3)
    parser.add_argument("--sharing", default="ddp")
    parser.add_argument("--recipe", type=json.loads, default={})
    parser.add_argument("--apart", action="store_true", help="each process has its own disk")
    parser.add_argument("--watched", action="store_true", help="count gradients")
    parser.add_argument("--interrupted", help="the process that gets a Ctrl-C")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    rank = os.environ.get("RANK", "0")
    kind = Watched if asked.watched else Interrupted if rank == asked.interrupted else Tiny
    task = kind(pause=asked.pause, dropout=asked.dropout)
    ended = asked.out.with_name(f"ended-{rank}")
    try:
        run(
            asked.out / rank if asked.apart else asked.out,
            task,
            Machine(sharing=asked.sharing, device="cpu"),
            **asked.recipe,
        )
        ended.write_text("trained")
        if isinstance(task, Watched):
            asked.out.with_name(f"held-{rank}").write_text(json.dumps(task.held))
    except BaseException as error:
        ended.write_text(f"{type(error).__name__}: {error}")
        raise


if __name__ == "__main__":
    main()
