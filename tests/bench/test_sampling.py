"""How much faster StoryDALL-E draws with a cache of full size than without: TWIN on two cores.

Two ways without one: every row so far run again for each code, and a cache that is made longer by
a copy at each step, as the public code does. All draw the same codes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor

from storymodels.storydalle.attention import Cache
from storymodels.storydalle.model import Given, StoryDalle
from storymodels.storydalle.sampling import GREEDY, pick, probabilities, sample
from storymodels.storydalle.sizes import TWIN
from storymodels.storydalle.transformer import Transformer

pytestmark = pytest.mark.bench

AT_LEAST = 3.0
ROUNDS = 5


@pytest.fixture
def two_cores() -> Iterator[None]:
    """Torch on two threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def model() -> StoryDalle:
    """Random weights, so large that the likeliest code is not always the same."""
    torch.manual_seed(0)
    built = StoryDalle(TWIN).eval()
    for name, parameter in built.named_parameters():
        if parameter.dim() > 1 and not name.startswith("vqgan."):
            torch.nn.init.normal_(parameter, std=parameter.shape[1] ** -0.5)
    return built.requires_grad_(False)


def stories(n: int) -> Given:
    """Anything that a model may be given of n stories."""
    size = TWIN.transformer
    shape = (n, TWIN.story.n_targets)
    generator = torch.Generator().manual_seed(n)
    return Given(
        torch.randint(size.text_vocabulary, (*shape, size.n_text), generator=generator),
        torch.randn(*shape, TWIN.story.sentence_width, generator=generator),
        torch.randint(size.image_vocabulary, (n, size.n_codes), generator=generator),
    )


def cached(model: StoryDalle, given: Given) -> Tensor:
    """As it is drawn here: codes (b, t, codes)."""
    numbers = torch.zeros(*given.text.shape[:2], TWIN.transformer.n_codes)
    return sample(model, given, choice=GREEDY, numbers=numbers)


@torch.inference_mode()
def run_again(model: StoryDalle, given: Given) -> Tensor:
    """Without any cache: all rows go through the model for every code."""
    transformer, n = model.transformer, given.n_frames
    before = [model.prefix(given.sentences), transformer.embed_text(given.text.flatten(0, 1))]
    codes = torch.zeros(n, 0, dtype=torch.long)
    for _ in range(TWIN.transformer.n_codes):
        rows = torch.cat([*before, transformer.embed_codes(codes)], dim=1)
        source = model.source(given.source_codes, n=n)
        logits = transformer.image_head(transformer(rows, aside=source)[:, -1])
        codes = torch.cat([codes, pick(probabilities(logits, GREEDY), torch.zeros(n))[:, None]], 1)
    return codes.unflatten(0, given.text.shape[:2])


class Growing(Cache):
    """Keys and values that are copied to be one row longer."""

    def __init__(self, n_layers: int) -> None:
        self._rows: list[tuple[Tensor, Tensor] | None] = [None] * n_layers
        self.length = 0

    def add(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Concatenated with those before."""
        held = self._rows[layer]
        if held is not None:
            keys, values = torch.cat([held[0], keys], 2), torch.cat([held[1], values], 2)
        self._rows[layer] = keys, values
        return keys, values


def growing(monkeypatch: pytest.MonkeyPatch) -> Callable[[StoryDalle, Given], Tensor]:
    """Drawing with such a cache."""

    def draw(model: StoryDalle, given: Given) -> Tensor:
        with monkeypatch.context() as patch:
            patch.setattr(
                Transformer, "new_cache", lambda self, n, n_rows: Growing(self.size.n_layers)
            )
            return cached(model, given)

    return draw


def best(run: Callable[[], object]) -> float:
    """Seconds of one run."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


@pytest.mark.usefixtures("two_cores")
def test_a_cache_makes_drawing_faster(model: StoryDalle, monkeypatch: pytest.MonkeyPatch) -> None:
    """At least three times one story, the same greedy codes; the copied cache is reported."""
    given = stories(1)
    ways = {"cached": cached, "run again": run_again, "copied": growing(monkeypatch)}
    drawn = {name: way(model, given) for name, way in ways.items()}
    assert len(drawn["cached"].unique()) > 10
    for name, codes in drawn.items():
        assert torch.equal(codes, drawn["cached"]), name
    seconds = {name: float("inf") for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            seconds[name] = min(seconds[name], best(lambda way=way: way(model, given)))
    again, copied = (seconds[name] / seconds["cached"] for name in ("run again", "copied"))
    print(
        f"\nTWIN, one story, greedy: {seconds['cached']:.3f} s; rows run again {again:.1f} times "
        f"as long (at least {AT_LEAST:.0f}), cache copied at each step {copied:.2f} times"
    )
    assert again >= AT_LEAST


@pytest.mark.usefixtures("two_cores")
def test_frames_a_second(model: StoryDalle) -> None:
    """More stories at once, more frames a second."""
    rates = {}
    for n in (1, 16):
        given = stories(n)
        cached(model, given)
        seconds = min(best(lambda given=given: cached(model, given)) for _ in range(3))
        rates[n] = given.n_frames / seconds
    print(f"\nTWIN, codes of frames a second: batch 1 {rates[1]:.1f}, batch 16 {rates[16]:.1f}")
    assert rates[16] > rates[1]
