"""What was typed to have a set looked at, so that the commands that repair it can be typed too."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote

DEFAULT_SPLIT = "test"
OTHER_CHANNELS = {"rgb": "bgr", "bgr": "rgb"}

_PLACES = re.compile(
    r"\b(?P<place>PREDS|FIXED|SHARDS|CHANNELS)\b| ANSWERS\b(?= --(?P<told>[a-z-]+)|)"
)


@dataclass(frozen=True)
class Typed:
    """Where the shards lie, the split, and what the layout was told.

    Attributes:
        data: the shards; None where they are not known.
        split: the split that was read.
        answers: by option (see `layouts.OPTIONS`), with - or _; those that are None were not given.
    """

    data: Path | None = None
    split: str = DEFAULT_SPLIT
    answers: Mapping[str, object] = field(default_factory=dict)

    def filled_in(self, text: str, preds: Path) -> str:
        """Advice with its placeholders as the user would type them.

        PREDS, FIXED and SHARDS are folders, SHARDS with the split where that is not the default;
        ANSWERS is what the layout was told, but for the option that follows it; CHANNELS is the
        order of colours that was not given.

        >>> told = Typed(Path("my shards"), "val", {"batch_size": 8, "mapping": "a.csv"})
        >>> told.filled_in("convert PREDS FIXED --data SHARDS ANSWERS --mapping b", Path("p"))
        "convert p p.fixed --data 'my shards' --split val --batch-size 8 --mapping b"
        """
        places = {
            "PREDS": quote(str(preds)),
            "FIXED": quote(str(_fixed(preds))),
            "SHARDS": self._shards(),
            "CHANNELS": OTHER_CHANNELS[str(self._given().get("channel-order", "rgb"))],
        }

        def put(found: re.Match[str]) -> str:
            place = found["place"]
            return self._repeated(found["told"]) if place is None else places[place]

        return _PLACES.sub(put, text)

    def _shards(self) -> str:
        data = "SHARDS" if self.data is None else quote(str(self.data))
        return data if self.split == DEFAULT_SPLIT else f"{data} --split {quote(self.split)}"

    def _given(self) -> dict[str, object]:
        return {
            name.removeprefix("--").replace("_", "-"): value
            for name, value in self.answers.items()
            if value is not None
        }

    def _repeated(self, told: str | None) -> str:
        options = (_option(*one) for one in self._given().items() if one[0] != told)
        return "".join(f" {option}" for option in options)


def _option(name: str, value: object) -> str:
    """An option as it is typed; a value that looks like an option itself is joined by =.

    >>> _option("range", "-1..1"), _option("run", "guided 3")
    ('--range=-1..1', "--run 'guided 3'")
    """
    text = str(value)
    return f"--{name}{'=' if text.startswith('-') else ' '}{quote(text)}"


def _fixed(preds: Path) -> Path:
    """The folder beside a set where its repaired pictures go; that of `.` beside the real one."""
    whole = preds if preds.name not in ("", "..") else preds.resolve()
    return whole.with_name(f"{whole.name}.fixed")
