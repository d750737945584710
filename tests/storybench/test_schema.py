"""What does not fit its schema is one sentence, the same for every kind of file."""

from __future__ import annotations

import subprocess
import sys
from typing import Annotated

import pytest
from pydantic import AfterValidator, BaseModel, TypeAdapter

from storybench.errors import InputError
from storybench.schema import validated, validated_json


def _even(value: int) -> int:
    if value % 2:
        raise ValueError("expected an even number")
    return value


class Pair(BaseModel):
    """Two fields, one with a rule of its own."""

    name: str
    sizes: list[Annotated[int, AfterValidator(_even)]]


PAIR = TypeAdapter(Pair)


def test_what_fits_is_returned_as_its_type() -> None:
    """From an object and from bytes."""
    expected = Pair(name="a", sizes=[2])
    assert validated(PAIR, {"name": "a", "sizes": [2]}, name="x.json") == expected
    assert validated_json(PAIR, b'{"name": "a", "sizes": [2]}', name="x.json") == expected


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (
            {"name": 3, "sizes": []},
            "a fault in name: Input should be a valid string, not 3.",
        ),
        (
            {"name": 3, "sizes": ["b"]},
            "a fault in name (and 1 more): Input should be a valid string, not 3.",
        ),
        ({"name": "a", "sizes": [2, 5]}, "a fault in sizes.1: expected an even number, not 5."),
        ({"name": "a"}, "a fault in sizes: Field required, not {'name': 'a'}."),
        (7, "a fault in the whole of it: Input should be a valid dictionary or instance of Pair, "
         "not 7."),
        (
            {"name": ["x" * 200], "sizes": []},
            f"a fault in name: Input should be a valid string, not ['{'x' * 58}….",
        ),
    ],
)  # fmt: skip
def test_the_first_fault_is_named_with_what_stands_there(value: object, sentence: str) -> None:
    """Field, reason in words, and the value, cut where it is long; no address of a manual."""
    with pytest.raises(InputError) as caught:
        validated(PAIR, value, name="x.json")
    assert str(caught.value) == f"Expected x.json to follow its schema, found {sentence}"


def test_what_is_no_json_is_a_fault_of_the_whole() -> None:
    """Bytes that don't parse."""
    with pytest.raises(InputError, match="a fault in the whole of it: Invalid JSON"):
        validated_json(PAIR, b"{", name="x.json")


def test_importing_storybench_imports_no_schema_library() -> None:
    """The package itself stays light: pydantic comes with the modules that read files."""
    code = (
        "import sys, storybench, storybench.names, storybench.flags, storybench.types\n"
        "assert 'pydantic' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
