"""What does not fit its schema is one sentence, the same for every kind of file."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat, TypeAdapter
from pydantic.dataclasses import dataclass

from storybench.errors import InputError
from storybench.schema import validated, validated_json


def _even(value: int) -> int:
    if value < 0:
        raise ValueError("none is below 0")
    if value % 2:
        raise ValueError("should be an even number")
    return value


class Pair(BaseModel):
    """Two fields, one with a rule of its own."""

    model_config = ConfigDict(extra="forbid")

    name: str
    sizes: list[Annotated[int, Field(strict=True), AfterValidator(_even)]]
    labels: dict[int, int] = {}


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Size:
    """A record of another kind."""

    width: int


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
            "name in x.json to be a text, found 3. Write it in quotes.",
        ),
        (
            {"name": [], "sizes": ["b"]},
            "name in x.json to be a text, found [] (and 1 more).",
        ),
        (
            {"name": "a", "sizes": [2, "5.0"]},
            "sizes.1 in x.json to be a whole number, found '5.0'. Write it without quotes.",
        ),
        ({"name": "a", "sizes": ["b"]}, "sizes.0 in x.json to be a whole number, found 'b'."),
        ({"name": "a", "sizes": [2, 5]}, "sizes.1 in x.json to be an even number, found 5."),
        ({"name": "a", "sizes": [-2]}, "sizes.0 in x.json to fit, found -2: none is below 0."),
        ({"name": "a"}, "the key sizes in x.json, found none."),
        ({"name": "a", "sizes": [], "b": 1}, "keys that x.json knows, found b."),
        (7, "x.json to hold keys with values, found 7."),
        (
            {"name": ["x" * 200], "sizes": []},
            f"name in x.json to be a text, found ['{'x' * 58}….",
        ),
        (
            {"name": "a", "sizes": [], "labels": {"x": 3}},
            "a key of labels in x.json to be a whole number, found 'x'.",
        ),
    ],
)  # fmt: skip
def test_the_first_fault_is_named_with_what_stands_there(value: object, sentence: str) -> None:
    """Field, reason in words, and the value, cut where it is long; no address of a manual."""
    with pytest.raises(InputError) as caught:
        validated(PAIR, value, name="x.json")
    assert str(caught.value) == f"Expected {sentence}"


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (bool, "maybe", "be true or false"),
        (float, "a", "be a number"),
        (FiniteFloat, float("nan"), "be a finite number"),
        (int, 1.5, "be a whole number"),
        (Literal["a", "b"], "c", "be 'a' or 'b'"),
        (Annotated[int, Field(ge=2)], 1, "be 2 or more"),
        (Annotated[int, Field(gt=2)], 2, "be above 2"),
        (Annotated[float, Field(le=1)], 1.5, "be 1.0 or less"),
        (Annotated[float, Field(lt=1)], 1, "be below 1.0"),
        (Annotated[str, Field(min_length=1)], "", "be a text of 1 or more characters"),
        (Annotated[str, Field(max_length=1)], "ab", "be a text of at most 1 characters"),
        (Annotated[str, Field(pattern="^a$")], "b", r"be a text of the form ^a$"),
        (Annotated[list[int], Field(min_length=1)], [], "have 1 or more entries"),
        (Annotated[dict[str, int], Field(max_length=0)], {"a": 1}, "have at most 0 entries"),
        (list[int], 3, "be a list"),
        (tuple[int, ...], 3, "be a list"),
        (dict[str, int], 3, "hold keys with values"),
        (Size, 3, "hold keys with values"),
        (date, "x", "be a valid date or datetime"),
    ],
)  # fmt: skip
def test_every_fault_is_in_our_words(kind: Any, value: object, words: str) -> None:
    """Those of the schema library are for who writes schemas."""
    with pytest.raises(InputError) as caught:
        validated(TypeAdapter(kind), value, name="x.json")
    assert re.match(f"Expected x.json to {re.escape(words)}(,| ).*found ", str(caught.value))


def test_a_record_says_which_keys_it_has() -> None:
    """A frozen dataclass as well as a model."""
    with pytest.raises(InputError, match=r"Expected the key width in x\.json, found none\."):
        validated(TypeAdapter(Size), {}, name="x.json")
    with pytest.raises(InputError, match=r"Expected keys that x\.json knows, found depth\."):
        validated(TypeAdapter(Size), {"width": 1, "depth": 2}, name="x.json")


def test_what_is_no_json_is_a_fault_of_the_whole() -> None:
    """Bytes that don't parse."""
    with pytest.raises(InputError, match=r"Expected JSON in x\.json, found an error: EOF while"):
        validated_json(PAIR, b"{", name="x.json")


def test_importing_storybench_imports_no_schema_library() -> None:
    """The package itself stays light: pydantic comes with the modules that read files."""
    code = (
        "import sys, storybench, storybench.names, storybench.flags, storybench.types\n"
        "assert 'pydantic' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
