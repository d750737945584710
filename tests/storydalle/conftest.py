"""What tests of compiled drawing share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from storybench.errors import MissingError
from storymodels.storydalle.compiled import PROGRAMS, expect_compiler


@pytest.fixture(scope="session")
def compiler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Something that torch compiles with; the programs of all tests lie in one folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(PROGRAMS, str(tmp_path_factory.mktemp("programs")))
        try:
            expect_compiler(torch.device("cpu"))
        except MissingError as error:
            pytest.skip(str(error))
        yield
