"""What share of a GPU StoryDALL-E uses at its real size, with random weights.

What the device can do, moving bytes and multiplying in bfloat16, is measured in the same run.
Skipped without a GPU.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from storymodels.storydalle import presets
from storymodels.storydalle.compiled import Compiled
from storymodels.storydalle.model import Given, StoryDalle, losses
from storymodels.storydalle.sampling import PUBLISHED, sample
from storymodels.storydalle.sizes import Size
from storymodels.storydalle.steps import Plain, Steps
from storymodels.training.memory import bytes_of

pytestmark = [
    pytest.mark.bench,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU"),
    pytest.mark.filterwarnings("ignore:TensorFloat32"),  # of the compiler: it is off on purpose
]

PRESET = "mindalle-full"
GB = 1e9

BANDWIDTH, MANY_OVER_ONE, MANY = 0.5, 5.0, 64
ARITHMETIC = 0.4
ROOM_TO_DRAW, ROOM_TO_TRAIN = 8 * GB, 80 * GB


@pytest.fixture
def device() -> torch.device:
    """The first GPU, with nothing counted on it yet."""
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    return torch.device("cuda")


def test_drawing(device: torch.device) -> None:
    """One story moves weights at half the bandwidth, in 8 GB; 64 stories draw 5 times as fast.

    Plain or compiled, whichever is faster.
    """
    model = on(device, presets.find(PRESET).size).bfloat16().eval().requires_grad_(False)
    weights = bytes_of(model.transformer.parameters()) * model.size.transformer.n_codes
    moved = bandwidth(device)
    ways: dict[str, Steps] = {"plain": Plain, "compiled": Compiled()}
    found = {name: measured(model, steps, device) for name, steps in ways.items()}
    for name, drawing in found.items():
        print(
            f"\n1.3B in bfloat16, {name}, one story: {drawing.one:.2f} s, "
            f"{weights / drawing.one / moved:.0%} of the bandwidth, {drawing.peak / GB:.1f} GB; "
            f"{MANY} stories: {MANY / drawing.many:.1f} a second, "
            f"{MANY * drawing.one / drawing.many:.1f} times as many"
        )
    one, many = (min(getattr(way, n) for way in found.values()) for n in ("one", "many"))
    share, faster = weights / one / moved, MANY * one / many
    print(
        f"the faster of both: {share:.0%} (at least {BANDWIDTH:.0%}), {faster:.1f} times (at least "
        f"{MANY_OVER_ONE:.0f}), at most {ROOM_TO_DRAW / GB:.0f} GB"
    )
    assert max(drawing.peak for drawing in found.values()) <= ROOM_TO_DRAW
    assert faster >= MANY_OVER_ONE
    assert share >= BANDWIDTH


def test_training(device: torch.device) -> None:
    """A step of the published batch multiplies at 40 % of what the device can, in 80 GB."""
    preset = presets.find(PRESET)
    n_stories = preset.recipe.batch * preset.recipe.accumulate
    model = on(device, preset.size)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-6, fused=True)

    def step() -> None:
        learn(model, n_stories)
        optimiser.step()
        optimiser.zero_grad()

    with FlopCounterMode(display=False) as counted:
        learn(model, n_stories)
    taken = seconds(step, device)
    share = counted.get_total_flops() / taken / arithmetic(device)
    peak = torch.cuda.max_memory_allocated()
    print(
        f"\n1.3B, {n_stories} stories a step: {taken:.2f} s, {share:.0%} of bfloat16 products "
        f"(at least {ARITHMETIC:.0%}), {peak / GB:.1f} GB (at most {ROOM_TO_TRAIN / GB:.0f})"
    )
    assert peak <= ROOM_TO_TRAIN
    assert share >= ARITHMETIC


def on(device: torch.device, size: Size) -> StoryDalle:
    """A model with random weights."""
    with device:
        return StoryDalle(size)


def given(model: StoryDalle, n: int) -> Given:
    """Anything that it may be given of n stories."""
    size, like = model.size, model.transformer.norm.weight
    shape = (n, size.story.n_targets)
    with like.device:
        return Given(
            text=torch.randint(size.transformer.text_vocabulary, (*shape, size.transformer.n_text)),
            sentences=torch.randn(*shape, size.story.sentence_width, dtype=like.dtype),
            source_codes=torch.randint(size.vqgan.n_codes, (n, size.transformer.n_codes)),
        )


@dataclass(frozen=True)
class Drawing:
    """Seconds for the codes of one and of many stories, and the most bytes in use for one."""

    one: float
    many: float
    peak: int


def measured(model: StoryDalle, steps: Steps, device: torch.device) -> Drawing:
    """One way to draw; what is compiled is compiled before it counts."""
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    one = seconds(lambda: drawn(model, 1, steps), device)
    peak = torch.cuda.max_memory_allocated()
    return Drawing(one, seconds(lambda: drawn(model, MANY, steps), device, rounds=1), peak)


def drawn(model: StoryDalle, n: int, steps: Steps) -> Tensor:
    """Codes of n stories, by the setting of the public code."""
    about = given(model, n)
    numbers = torch.rand(*about.text.shape[:2], model.size.transformer.n_codes)
    return sample(
        model,
        about,
        choice=PUBLISHED["code"],
        numbers=numbers.to(about.source_codes.device),
        steps=steps,
    )


def learn(model: StoryDalle, n: int) -> None:
    """Losses of n stories and their gradients, in mixed precision."""
    about = given(model, n)
    codes = about.source_codes[:, None].expand(-1, model.size.story.n_targets, -1)
    with torch.autocast(codes.device.type, torch.bfloat16):
        logits = model(about, codes)
        of_codes, of_text = losses(logits, about.text.flatten(0, 1), codes.flatten(0, 1))
    (of_codes + of_text).backward()


def seconds(run: Callable[[], object], device: torch.device, *, rounds: int = 3) -> float:
    """The shortest of some runs, after one that is not counted."""
    run()
    taken = []
    for _ in range(rounds):
        torch.accelerator.synchronize(device)
        started = time.perf_counter()
        run()
        torch.accelerator.synchronize(device)
        taken.append(time.perf_counter() - started)
    return min(taken)


def bandwidth(device: torch.device) -> float:
    """Bytes read and written a second by a copy."""
    first = torch.empty(2**30, dtype=torch.uint8, device=device)
    second = torch.empty_like(first)
    return 2 * first.numel() / seconds(lambda: second.copy_(first), device, rounds=10)


def arithmetic(device: torch.device, *, side: int = 8192) -> float:
    """Operations a second of a product of square matrices in bfloat16."""
    first, second = torch.randn(2, side, side, dtype=torch.bfloat16, device=device)
    return 2 * side**3 / seconds(lambda: first @ second, device, rounds=10)
