"""Does another source change what it should, and nothing where it is not seen?"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from storymodels.storydalle.analysis.swapping import drawn, partners, read, with_source
from storymodels.storydalle.inputs.reading import Batch
from storymodels.storydalle.model import StoryDalle, losses
from storymodels.storydalle.sampling import GREEDY, sample
from storymodels.storydalle.switches import PAPER, RELEASED
from tests.storydalle import looked


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from("vwxyz"), min_size=2, max_size=12), st.integers(0, 5))
def test_everyone_has_a_partner(clusters: list[str], seed: int) -> None:
    """Each story is shown to one other, never to itself, nor to its episode if that can be."""
    ids = [f"s{k}" for k in range(len(clusters))]
    found = partners(ids, clusters, seed=seed)
    assert sorted(found) == list(range(len(ids)))
    assert all(found[k] != k for k in range(len(ids)))
    if 2 * max(Counter(clusters).values()) <= len(ids):
        assert all(clusters[found[k]] != clusters[k] for k in range(len(ids)))


def test_the_seed_and_the_ids_decide() -> None:
    """The same again; another seed, other partners; the order of stories makes no difference."""
    ids, clusters = [f"s{k}" for k in range(20)], [f"c{k // 2}" for k in range(20)]
    first = partners(ids, clusters, seed=0)
    assert first == partners(ids, clusters, seed=0)
    assert first != partners(ids, clusters, seed=1)
    turned = partners(ids[::-1], clusters[::-1], seed=0)
    assert [ids[::-1][row] for row in turned] == [ids[row] for row in first[::-1]]
    with pytest.raises(ValueError, match="at least two stories, found 1"):
        partners(["a"], ["x"], seed=0)


def both(model: StoryDalle, batch: Batch) -> tuple[Tensor, Tensor]:
    """Nats of real codes with their own source and with the next story's."""
    other = with_source(batch.given, batch.given.source_codes.roll(1, 0))
    return tuple(read(model, one, batch.codes).nats for one in (batch.given, other))  # type: ignore[return-value]


def test_nats_are_those_of_the_loss() -> None:
    """Their mean is what training minimises; the likeliest code has the highest logit."""
    model, batch = looked.model(), looked.stories(3)
    found = read(model, batch.given, batch.codes)
    logits = model(batch.given, batch.codes)
    of_codes, _ = losses(logits, batch.given.text.flatten(0, 1), batch.codes.flatten(0, 1))
    by_hand = -logits.codes.log_softmax(-1).gather(-1, batch.codes.flatten(0, 1)[..., None])
    torch.testing.assert_close(found.nats, by_hand.view(batch.codes.shape))
    torch.testing.assert_close(found.nats.mean(), of_codes)
    assert torch.equal(found.likeliest.flatten(0, 1), logits.codes.argmax(-1))


def test_another_source_changes_every_story() -> None:
    """In the paper's model with any weights."""
    own, other = both(looked.model(), looked.stories(4))
    assert ((own - other).abs().amax((1, 2)) > 1e-3).all()


def test_it_changes_nothing_if_nothing_is_let_through() -> None:
    """With an output of zero, to the last bit."""
    own, other = both(looked.blinded(looked.model()), looked.stories(4))
    assert torch.equal(own, other)


def test_drawing_is_that_of_the_sampler() -> None:
    """Codes are those of greedy sampling."""
    for switches in (PAPER, RELEASED):
        model, batch = looked.model(switches=switches), looked.stories(1)
        numbers = torch.zeros(batch.codes.shape)
        expected = sample(model, batch.given, choice=GREEDY, numbers=numbers)
        assert torch.equal(drawn(model, batch.given), expected)


def test_as_released_nothing_is_seen_while_codes_are_drawn() -> None:
    """Swapped once the text was read, the source changes no code; nor ever the first one."""
    changed = {}
    for name, switches in (("paper", PAPER), ("released", RELEASED)):
        model = looked.model(switches=switches)
        late, first = 0, 0
        for seed in range(6):
            batch = looked.stories(1, seed=seed)
            other = batch.given.source_codes.roll(3, 1)
            own = drawn(model, batch.given)
            late += int((own != drawn(model, batch.given, then=other)).sum())
            swapped = drawn(model, with_source(batch.given, other))
            first += int((own != swapped)[..., 0].sum())
        changed[name] = (late, first)
    assert changed["released"] == (0, 0)
    assert min(changed["paper"]) > 0


def test_in_steps_alone_makes_the_difference() -> None:
    """The paper's model with that one switch as released sees nothing late either."""
    model = looked.model(switches=replace(PAPER, retro_in_steps=False))
    batch = looked.stories(3)
    other = batch.given.source_codes.roll(1, 0)
    assert torch.equal(drawn(model, batch.given), drawn(model, batch.given, then=other))
    assert not torch.equal(drawn(model, batch.given), drawn(model, with_source(batch.given, other)))
