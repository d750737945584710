"""Do tensors keep their places on the way to public names and back?"""

from __future__ import annotations

import pytest
import torch

from storybench.errors import InputError
from storymodels.storydalle.checkpoints.names import RETRO, from_official, to_official
from tests.storydalle import official


def test_there_and_back_every_tensor_is_the_same() -> None:
    """With everything that can be added."""
    state = official.model(prompt=True, retro=True).state_dict()
    back = from_official(to_official(state), state)
    assert list(back) == list(state)
    assert all(torch.equal(back[name], state[name]) for name in state)


def test_a_checkpoint_without_the_retro_cross_attention_loads_only_if_that_is_expected() -> None:
    """As the public ones are: its tensors are then not among those returned."""
    state = official.model(retro=True).state_dict()
    public = {k: v for k, v in to_official(state).items() if not k.startswith(RETRO)}
    found = from_official(public, state, retro="may be missing")
    assert {name.split(".")[0] for name in state.keys() - found.keys()} == {"retro"}
    with pytest.raises(InputError, match=r"Expected the tensor cross_attention_layers\.0\.ln1"):
        from_official(public, state)


def test_layers_past_the_depth_of_the_model_are_left_over() -> None:
    """The public code builds fourteen whatever the depth."""
    state = official.model(retro=True).state_dict()
    public = to_official(state)
    public[f"{RETRO}13.ln1.weight"] = torch.ones(48)
    assert from_official(public, state).keys() == state.keys()


def test_a_tensor_too_few_too_many_or_of_another_shape_is_refused() -> None:
    """Each with its name."""
    state = official.model().state_dict()
    public = to_official(state)
    with pytest.raises(InputError, match=r"Expected the tensor stage2\.ln_f\.bias in the check"):
        from_official({k: v for k, v in public.items() if k != "stage2.ln_f.bias"}, state)
    with pytest.raises(InputError, match=r"found wte\.weight and 0 more"):
        from_official({**public, "wte.weight": torch.zeros(5, 48)}, state)
    with pytest.raises(
        InputError, match=r"Expected 80 x 48 in stage2\.tok_emb_txt\.weight, found 8"
    ):
        from_official({**public, "stage2.tok_emb_txt.weight": torch.zeros(8, 48)}, state)
