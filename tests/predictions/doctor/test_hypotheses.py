"""Is the claim always the first of the hypotheses, whatever else says the same?"""

from __future__ import annotations

import numpy as np

from storybench.predictions.doctor.alignment.hypotheses import claim, hypotheses


def test_the_claim_is_first_where_another_hypothesis_says_the_same() -> None:
    """With a story missing, ids that follow the places make "ids taken for places" the claim."""
    there = np.array([0, 1, 2, 4, 5, 6, 7, 8])
    for orders in ({}, {"story-id": there}, {"file": there[::-1].copy()}):
        found = hypotheses(8, 4, orders, there)
        assert found[0].name == "as claimed"
        assert found[0].key == claim(8, 4).key
        assert len({one.key for one in found}) == len(found)
