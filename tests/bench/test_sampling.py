"""How fast StoryDALL-E draws on two cores, of the size TWIN: what the cache and the compiler bring.

Two ways without a cache of full size: every row so far run again for each code, and a cache that
is made longer by a copy at each step, as the public code does. All ways draw the same codes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from statistics import median

import pytest
import torch
from torch import Tensor

from storybench.errors import MissingError
from storymodels.storydalle.compiled import PROGRAMS, Compiled, expect_compiler
from storymodels.storydalle.model import Given, StoryDalle
from storymodels.storydalle.retro import Source
from storymodels.storydalle.sampling import GREEDY, pick, probabilities, sample
from storymodels.storydalle.sizes import TWIN
from storymodels.storydalle.steps import Plain, Steps
from storymodels.storydalle.transformer import Transformer

pytestmark = [pytest.mark.bench, pytest.mark.usefixtures("two_cores")]

AT_LEAST = 3.0
MANY = 16
ROUNDS = 7

Way = Callable[[StoryDalle, Given], Tensor]
"""To draw the likeliest codes (b, t, codes)."""


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


def cached(model: StoryDalle, given: Given, *, steps: Steps = Plain) -> Tensor:
    """As it is drawn here."""
    numbers = torch.zeros(*given.text.shape[:2], TWIN.transformer.n_codes)
    return sample(model, given, choice=GREEDY, numbers=numbers, steps=steps)


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


class Growing:
    """A step whose cache is copied to be one row longer; the class makes it of a batch."""

    mask = None

    def __init__(
        self, transformer: Transformer, source: Source | None, *, n: int, n_before: int
    ) -> None:
        self._transformer, self.source = transformer, source
        self.held = transformer.room(n, n_rows=n_before)
        self._now = list(self.held)

    def __call__(self, codes: Tensor, number: int) -> Tensor:
        rows = self._transformer.embed_codes(codes[:, None], places=torch.tensor([number]))
        out = self._transformer(rows, aside=self.source, cache=self)  # type: ignore[arg-type]
        return self._transformer.image_head(out[:, -1])

    def add(self, layer: int, new: Tensor) -> Tensor:
        """Concatenated with those before."""
        self._now[layer] = torch.cat([self._now[layer], new], 3)
        return self._now[layer]


def timed(ways: Mapping[str, Way], model: StoryDalle, given: Given) -> dict[str, list[float]]:
    """Seconds of each way, which take turns; all draw the same codes, and not always the same."""
    drawn = {name: way(model, given) for name, way in ways.items()}
    first = next(iter(drawn.values()))
    assert len(first.unique()) > 10
    for name, codes in drawn.items():
        assert torch.equal(codes, first), name
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            started = time.perf_counter()
            way(model, given)
            taken[name].append(time.perf_counter() - started)
    return taken


def times(slow: list[float], fast: list[float]) -> float:
    """How many times as long one takes as the other: the median of turns, whatever else runs."""
    return median(one / other for one, other in zip(slow, fast, strict=True))


def test_a_cache_makes_drawing_faster(model: StoryDalle) -> None:
    """At least three times one story, the same greedy codes.

    A cache that grows is reported: on a processor it takes about as long, since what was just
    copied is near when it is read.
    """
    ways = {"cached": cached, "growing": partial(cached, steps=Growing), "run again": run_again}
    taken = timed(ways, model, stories(1))
    again, growing = (times(taken[name], taken["cached"]) for name in ("run again", "growing"))
    taken = timed({name: ways[name] for name in ("cached", "growing")}, model, stories(MANY))
    print(
        f"\nTWIN, one story, greedy: rows run again {again:.1f} times as long (at least "
        f"{AT_LEAST:.0f}), cache copied at each step {growing:.2f} times; {MANY} stories: "
        f"{times(taken['growing'], taken['cached']):.2f} times"
    )
    assert again >= AT_LEAST


def test_what_compiling_brings(
    model: StoryDalle, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same codes; how much faster they come is no promise."""
    monkeypatch.setenv(PROGRAMS, str(tmp_path_factory.mktemp("programs")))
    try:
        expect_compiler(torch.device("cpu"))
    except MissingError as error:
        pytest.skip(str(error))
    for n in (1, MANY):
        compiled = partial(cached, steps=Compiled())
        started = time.perf_counter()
        compiled(model, stories(n))
        first = time.perf_counter() - started
        taken = timed({"plain": cached, "compiled": compiled}, model, stories(n))
        print(
            f"\nTWIN, stories at once {n}: compiled "
            f"{times(taken['plain'], taken['compiled']):.2f} times as fast "
            f"({min(taken['compiled']):.3f} s), after a first time of {first:.0f} s"
        )


def test_frames_a_second(model: StoryDalle) -> None:
    """More stories at once, more frames a second."""
    rates = {}
    for n in (1, MANY):
        given = stories(n)
        rates[n] = given.n_frames / min(timed({"cached": cached}, model, given)["cached"])
    print(
        f"\nTWIN, codes of frames a second: batch 1 {rates[1]:.1f}, batch {MANY} {rates[MANY]:.1f}"
    )
    assert rates[MANY] > rates[1]
