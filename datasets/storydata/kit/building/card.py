"""README.md of a build: the dataset card, for whoever finds the folder without the project.

It says nothing about when, where or with which versions it was built, so that the same input gives
the same card; versions are in manifest.json under `built_with`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from storybench.types import StorySpec

NOTES = {
    "rebuilt": (
        "**Rebuilt.** This set was cut anew from public annotations and videos. It is not the set "
        "of the paper, and numbers on it cannot be compared with those of the paper."
    ),
    "substitute": (
        "**Substitute split.** The file with the official split was not there, so stories were "
        "split anew by a hash of their names. Numbers on it compare with those of no paper."
    ),
    "twin": (
        "**Twin.** The raw release was drawn by a program to try the whole path out. It shows "
        "nothing about the real dataset."
    ),
}
"""What a word in the name of a dataset means for whoever uses it."""


@dataclass(frozen=True)
class Tallies:
    """The counts of a build: stories and shards by split, frames by licence, drops by cause.

    `n_clips` raw clips are kept whole. Frames without a licence are under the empty string.
    """

    stories: Mapping[str, int]
    shards: Mapping[str, int]
    n_clips: int
    licences: Mapping[str, int]
    n_raw_files: int
    raw_bytes: int
    n_planned: int
    n_dropped: int
    drops: Mapping[str, int]


def card(spec: StorySpec, *, options: Mapping[str, Any], tallies: Tallies) -> str:
    """The dataset card in Markdown."""
    parts = [
        f"# {spec.name}",
        _what(spec),
        *(note for word, note in NOTES.items() if word in spec.name.split("-")),
        "## Stories",
        _stories(tallies),
        "## Not in the shards",
        _losses(tallies),
        "## Licences",
        _licences(spec, tallies),
        "## How it was made",
        _making(options, tallies),
        "## How to read it",
        READING,
    ]
    if spec.citation:
        parts += ["## Citation", _fenced(spec.citation)]
    return "\n\n".join(parts) + "\n"


READING = """\
Every shard is a tar that WebDataset reads: one sample a story, `<key>.0.png` the source frame,
`<key>.1.png` and on the targets, `<key>.json` captions, characters and origins. `stories.parquet`
is the index, `drops.jsonl` says what was left out and why, `manifest.json` holds every hash, and
`croissant.json` describes the files and their columns for machines.

```python
from storybench import Stories

stories = Stories("this folder", split="test")
story = stories[0]
```

`storybench verify` checks every hash, `storybench inspect` prints the numbers."""


def _what(spec: StorySpec) -> str:
    frames = f"one source frame and {spec.n_targets} target frames"
    size = "of varying size" if spec.size is None else f"of {spec.size} x {spec.size} pixels"
    text = (
        f"Story continuation, version {spec.version}: each story is {frames} {size}, every frame "
        "with its caption."
    )
    if spec.characters:
        text += f" Characters are labelled: {', '.join(spec.characters)}."
    return text


def _stories(tallies: Tallies) -> str:
    rows = [(split, f"{n:,}", f"{tallies.shards[split]:,}") for split, n in tallies.stories.items()]
    total = (
        "all",
        f"{sum(tallies.stories.values()):,}",
        f"{sum(tallies.shards.values()):,}",
    )
    table = _table(("split", "stories", "shards"), [*rows, total])
    if not tallies.n_clips:
        return table
    return (
        f"{table}\n\nStories show one frame of each raw clip. `clips-*.tar` keep the "
        f"{tallies.n_clips:,} clips whole, once each, however many stories share them."
    )


def _losses(tallies: Tallies) -> str:
    if not tallies.drops:
        return f"Nothing: all {tallies.n_planned:,} planned stories are there."
    lead = (
        f"{tallies.n_dropped:,} of {tallies.n_planned:,} planned stories. Every loss by its cause:"
    )
    rows = [(cause, f"{count:,}") for cause, count in tallies.drops.items()]
    return f"{lead}\n\n{_table(('cause', 'count'), rows)}"


def _licences(spec: StorySpec, tallies: Tallies) -> str:
    lead = spec.licence or "The raw release states no licence."
    rows = [
        (licence or "none stated", f"{count:,}")
        for licence, count in sorted(tallies.licences.items(), key=lambda item: (-item[1], item[0]))
    ]
    if not rows:
        return lead
    return f"{lead}\n\n{_table(('licence of the frame', 'frames'), rows)}"


def _making(options: Mapping[str, Any], tallies: Tallies) -> str:
    lead = (
        f"By `storybench` from {tallies.n_raw_files:,} raw files ({tallies.raw_bytes:,} bytes; "
        "`manifest.json` has the SHA-256 of each). The same files and options give the same bytes."
    )
    rows = [(f"`{name}`", f"`{value}`") for name, value in sorted(options.items())]
    return f"{lead}\n\n{_table(('option', 'value'), rows)}" if rows else lead


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _fenced(text: str) -> str:
    return f"```\n{text.strip()}\n```"
