"""What only the user can know of a folder of pictures, each under the name of its option."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from storybench.errors import InputError
from storybench.spelling import did_you_mean

OPTIONS: Mapping[str, str] = {
    "layout": "the layout's id or name, where the folder fits several",
    "run": "which of several runs, folders or epochs",
    "order": "what the numbers in the names count: official, or another order of the split",
    "first-index": "the number of the first story: 0 or 1",
    "first-frame": "what the first frame of each story is: source, or target",
    "frames-per-story": "pictures a story has",
    "batch-size": "stories that were sampled at once",
    "range": "what black and white are in an array: 0..1, -1..1 or 0..255",
    "channel-order": "the order of colours in an HDF5 file's pictures: rgb, or bgr",
    "mapping": "a CSV file with the columns file, story, frame (or folder, story)",
}
"""Every question by option name, without its dashes."""

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "first-index": ("0", "1"),
    "first-frame": ("source", "target"),
    "range": ("0..1", "-1..1", "0..255"),
    "channel-order": ("rgb", "bgr"),
}
_NUMBERS = {"batch-size": 4096, "frames-per-story": 1000}


class Answers(Mapping[str, str]):
    """Answers by option name, checked; those that are None are left out.

    >>> Answers({"--batch-size": 4, "run": None}).number("batch-size")
    4

    Raises:
        InputError: no such option, or a value that it cannot have.
    """

    def __init__(self, answers: Mapping[str, object] | None = None) -> None:
        given = {
            name.removeprefix("--").replace("_", "-"): str(value)
            for name, value in (answers or {}).items()
            if value is not None
        }
        self._given = {name: _checked(name, value) for name, value in given.items()}

    def __getitem__(self, name: str) -> str:
        return self._given[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)

    def number(self, name: str) -> int | None:
        """An answer that is a whole number, None if it was not given."""
        value = self._given.get(name)
        return None if value is None else int(value)


def _checked(name: str, value: str) -> str:
    if name not in OPTIONS:
        known = [f"--{one}" for one in OPTIONS]
        raise InputError(
            f"Expected one of {', '.join(known)}, found --{name}."
            f"{did_you_mean(f'--{name}', known, most=1)}"
        )
    if (choices := _CHOICES.get(name)) and value not in choices:
        raise InputError(f"Expected {' or '.join(choices)} for --{name}, found {value!r}.")
    if (most := _NUMBERS.get(name)) and not (
        value.isascii() and value.isdigit() and len(value) < 9 and 1 <= int(value) <= most
    ):
        raise InputError(f"Expected a number from 1 to {most:,} for --{name}, found {value!r}.")
    return value
