"""Make the model that comes with the package: a VQGAN, a tokenizer, a transformer.

Pictures, captions, then outlines: each is a training of `storymodels.training`, which goes on
where it was stopped. What comes of the first two is rounded to halves, as it is written, so that
the third learns from the codes that the package gives. Some episodes are held out to measure on.
The toy releases that `quickstart` draws have other seeds, so none of their frames was learned from.
"""

from __future__ import annotations

import platform
import re
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from storybench.errors import InputError
from storybench.files import expect_folder, sha256_bytes, sha256_json, write_json
from storybench.shards.manifest import read_manifest
from storybench.types import Progress
from storymodels.storydalle.checkpoints.saved import write_model
from storymodels.storydalle.model import StoryDalle
from storymodels.storydalle.pretraining.captions import PRESET, LearnCaptions
from storymodels.storydalle.pretraining.pictures import LearnPictures, encoded
from storymodels.storydalle.pretraining.sharpening import LearnOutlines, Sharpening, SharpWeights
from storymodels.storydalle.pretraining.singles import read
from storymodels.storydalle.pretraining.stage1 import StageOne, Weights
from storymodels.storydalle.sizes import TWIN, Size
from storymodels.storydalle.tokenizer import Tokenizer
from storymodels.storydalle.twin import MADE, NO_STORY, UNSEEN, worth
from storymodels.training.folder import WEIGHTS, Keeping
from storymodels.training.loop import Trained, train
from storymodels.training.machine import Machine, expect_device, n_processes
from storymodels.training.recipe import Recipe
from storymodels.training.state import read_tensors
from storymodels.training.task import Task

HELD = 1 / 30
"""Share of the episodes and videos that are measured on."""

STAGES = ("pictures", "captions", "outlines")
"""Whose steps and seconds are told."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Making:
    """How it is made: sizes, the losses of pictures and of outlines, and a recipe for each stage.

    `unseen` is a character whose scenes the transformer never learns, so that there is one whom a
    story model can meet for the first time; the VQGAN, which knows no names, sees all pictures.
    """

    size: Size
    weights: Weights
    sharp: SharpWeights
    pictures: Recipe
    captions: Recipe
    outlines: Recipe
    unseen: str


TWIN_BASE = Making(
    size=replace(TWIN, story=NO_STORY),
    unseen=UNSEEN,
    weights=Weights(codes_after=300),
    sharp=SharpWeights(),
    pictures=Recipe(
        rate=4e-4,
        n_warm_up=50,
        n_steps=10_000,
        batch=8,
        accumulate=1,
        betas=(0.9, 0.99),
        clip=1.0,
    ),
    captions=Recipe(
        rate=1e-3,
        n_warm_up=100,
        n_steps=3000,
        batch=24,
        accumulate=1,
        betas=(0.9, 0.98),
        weight_decay=0.01,
        clip=1.0,
    ),
    outlines=Recipe(
        rate=3e-4,
        n_warm_up=100,
        n_steps=4000,
        batch=8,
        accumulate=1,
        betas=(0.5, 0.9),
        average=0.999,
    ),
)
"""What comes with the package."""

DRAFT = replace(
    TWIN_BASE,
    pictures=replace(TWIN_BASE.pictures, n_steps=2500),
    captions=replace(TWIN_BASE.captions, n_steps=750),
    outlines=replace(TWIN_BASE.outlines, n_steps=1000),
)
"""The same in a quarter of the steps."""


def make(
    builds: Sequence[Path],
    out: Path,
    *,
    making: Making = TWIN_BASE,
    keeping: Keeping = Keeping(),  # noqa: B008  (frozen)
    machine: Machine = Machine(),  # noqa: B008  (frozen)
    on_progress: Progress | None = None,
    say: Say = lambda sentence: None,
) -> Path:
    """Make the model in `out`, or go on with it; returns the folder of the model, `out/model`.

    Args:
        builds: folders of shards of toy releases.
        out: a new folder, or that of this very making.
        making: how.
        keeping: what is written when, of both trainings.
        machine: on what.
        on_progress: told of every scene read, every frame encoded and every step.
        say: told what each training says.

    Raises:
        InputError: two builds are the same, have no frames, `out` is another making's or a file, or
            torchrun has started several processes.
        MissingError: no finished build in a folder, or no such device.
        NoSpaceError: the disk is full.
        KeyboardInterrupt: as `train` raises it; the same call goes on.
    """
    if (n := n_processes()[0]) > 1:
        raise InputError(
            f"Expected one process to make the twin model, found {n}. Start it without torchrun."
        )
    expect_folder(out, what="the run")
    expect_device(machine, making.pictures.precision)
    return _Maker(builds, out, making, keeping, machine, on_progress, say).make()


class _Maker:
    def __init__(
        self,
        builds: Sequence[Path],
        out: Path,
        making: Making,
        keeping: Keeping,
        machine: Machine,
        on_progress: Progress | None,
        say: Say,
    ) -> None:
        self.out, self.making, self.keeping, self.machine = out, making, keeping, machine
        self.on_progress, self.say = on_progress, say
        manifests = [read_manifest(folder) for folder in builds]
        self.builds = {m.digest: str(m.spec["name"]) for m in manifests}
        if len(self.builds) < len(builds):
            raise InputError("Expected different builds to learn from, found one twice.")
        self.digest = sha256_json(self.builds)
        singles = read(builds, side=making.size.vqgan.side, on_progress=on_progress)
        self.singles, self.held = singles.divided(HELD)
        self.told, self.held_told = (
            part.without(making.unseen) for part in (self.singles, self.held)
        )

    def make(self) -> Path:
        torch.manual_seed(self.making.pictures.seed)
        module = StageOne(self.making.size.vqgan, self.making.weights)
        pictures = self._learn_pictures(module)
        torch.manual_seed(self.making.captions.seed)
        model = StoryDalle(self.making.size)
        model.vqgan.load_state_dict(module.vqgan.state_dict())
        model.vqgan.eval()
        of_pictures = worth.of_pictures(model, self.held)
        self.say(f"Frames that were held out come back at {of_pictures['psnr']} dB.")
        tokenizer = self._tokenizer()
        captions = self._learn_captions(model, tokenizer)
        of_captions = worth.of_captions(model.eval(), tokenizer, self.held_told)
        outlines = self.sharpen(model)
        made = {
            "builds": self.builds,
            "frames": len(self.singles),
            "frames_held_out": len(self.held),
            "pictures": {**_cost(pictures), **of_pictures},
            "captions": {"frames": len(self.told), **_cost(captions), **of_captions},
            "outlines": outlines,
            "making": asdict(self.making),
            "made_on": hardware(self.machine.place),
            "made_at": time.strftime("%Y-%m-%d", time.gmtime()),
        }
        return self._write(model, tokenizer, made)

    def _learn_pictures(self, module: StageOne) -> Trained:
        task = LearnPictures(module, self.singles, self.held, seed=self.making.pictures.seed)
        about = {"size": asdict(self.making.size.vqgan), "weights": asdict(self.making.weights)}
        return self._train(task, "pictures", self.making.pictures, about)

    def _learn_captions(self, model: StoryDalle, tokenizer: Tokenizer) -> Trained:
        codes = encoded(model.vqgan, self.told, on_progress=self.on_progress)
        task = LearnCaptions(
            model,
            tokenizer,
            self.told,
            codes,
            self.held_told,
            seed=self.making.captions.seed,
            data_digest=self.digest,
        )
        about = {"size": asdict(self.making.size), "codes": sha256_bytes(codes.numpy().tobytes())}
        return self._train(task, "captions", self.making.captions, about)

    def sharpen(self, model: StoryDalle) -> dict[str, float]:
        """Round a model to halves, let its decoder learn outlines; what that cost and is worth."""
        model.half().float()
        torch.manual_seed(self.making.outlines.seed)
        module = Sharpening(model.vqgan, self.making.sharp).to(self.machine.place)
        codes = encoded(model.vqgan, self.singles, on_progress=self.on_progress)
        about = {
            "size": asdict(self.making.size.vqgan),
            "weights": asdict(self.making.sharp),
            "codes": sha256_bytes(codes.numpy().tobytes()),
        }
        task = LearnOutlines(module, self.singles, codes, self.held)
        done = self._train(task, "outlines", self.making.outlines, about)
        module.load_state_dict(read_tensors(done.checkpoint / WEIGHTS))
        found = worth.of_pictures(model.eval(), self.held)
        sharp = f"{found['outlines']:.0%} as sharp as they were"
        self.say(f"Frames that were held out come back at {found['psnr']} dB, {sharp}.")
        return {**_cost(done), **{name: found[name] for name in ("psnr", "outlines")}}

    def _train(self, task: Task, name: str, recipe: Recipe, about: dict[str, Any]) -> Trained:
        return train(
            task,
            self.out / name,
            recipe,
            record={"task": f"twin base, {name}", "data": self.digest, **about},
            keeping=self.keeping,
            machine=self.machine,
            on_progress=self.on_progress,
            say=self.say,
        )

    def _tokenizer(self) -> Tokenizer:
        """Learned from the captions; every row of the transformer's vocabulary has its token.

        Raises:
            InputError: the captions have too few words.
        """
        size = self.making.size.transformer.text_vocabulary
        texts = [text for of in self.singles.captions for text in of]
        tokenizer = Tokenizer.train(texts, size=size)
        if tokenizer.n_tokens != size:
            raise InputError(
                f"Expected captions for a vocabulary of {size} tokens, found enough for "
                f"{tokenizer.n_tokens}. Learn from more stories."
            )
        return tokenizer

    def _write(self, model: StoryDalle, tokenizer: Tokenizer, made: dict[str, Any]) -> Path:
        """The folder of the model, in half precision, in place of one that is there."""
        folder = self.out / "model"
        shutil.rmtree(folder, ignore_errors=True)
        write_model(
            folder,
            model.half(),
            tokenizer=tokenizer,
            sentences=None,
            preset=PRESET,
            data_digest=self.digest,
            step=self.making.captions.n_steps or 0,
        )
        write_json(folder / MADE, made)
        return folder


def _cost(trained: Trained) -> dict[str, int]:
    return {"steps": trained.n_steps, "seconds": round(trained.seconds)}


def hardware(place: torch.device) -> dict[str, Any]:
    """The processor, how many threads compute, the accelerator if it was used, and versions."""
    return {
        "processor": _processor(),
        "threads": torch.get_num_threads(),
        "accelerator": torch.cuda.get_device_name(place) if place.type == "cuda" else None,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "storybench": metadata.version("storybench"),
    }


def _processor() -> str:
    """Its name as the system gives it."""
    path = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.+)", path.read_text("utf-8")) if path.is_file() else None
    return found[1] if found else platform.processor() or platform.machine()
