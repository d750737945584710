from __future__ import annotations

import pytest

from storybench.evaluate import Subject
from tests.evaluate.toons import make_subject


@pytest.fixture(scope="session")
def subject(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    """Painted pictures for a cartoon with clips; treat as read-only."""
    return make_subject(tmp_path_factory.mktemp("toons"))
