"""What a metric of one's own must offer, as the README tells it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from storybench import metrics
from storybench.evaluate import score
from tests.metrics.fakes import evidence, table

README = Path(metrics.__file__).with_name("README.md")


def test_the_example_of_the_readme_is_scored_with_an_interval() -> None:
    """What it tells authors to write is a metric: frames of four episodes, 5 to 20 apart."""
    code = README.read_text("utf-8").split("```python\n")[1].split("```")[0]
    made: dict[str, Any] = {}
    exec(code, made)
    episodes = np.repeat(np.arange(4), 3)
    real = np.random.default_rng(0).normal(size=(12, 8))
    drawn = real + np.outer(episodes + 1, [3, 4, 0, 0, 0, 0, 0, 0])
    given = evidence(table(drawn), table(real), episodes)
    (found,) = made["SlotDistance"]().estimate(given)
    scored = score(found, record={"flags": []}, slots=given.slots)
    assert scored.metric == "slot_distance.fake.00000000.targets.v1"
    assert scored.value == pytest.approx(12.5, abs=1e-5)
    assert found.per_story == pytest.approx(5.0 * (episodes + 1), abs=1e-5)
    assert scored.interval is not None
    assert 0 <= scored.interval[0] < 12.5 < scored.interval[1]
