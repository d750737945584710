"""What came out of a study, as numbers and as a Markdown table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import mean
from typing import Any

from storybench.page.chart import decimals_for, number
from storybench.reproduce.judging import Answer

NOTHING = "–"

BELOW = (
    "A seed's column has the values of both, or how many change. How far the first is ahead is "
    "their difference, above zero where it agrees with the claim, as the mean over seeds; the "
    "interval is over seeds and episodes."
)


@dataclass(frozen=True)
class Results:
    """The answers, and what they rest on.

    Attributes:
        about: what the study is.
        seeds: one training each.
        data: digests of the worlds, by name.
        origin: the digest of the weights that were started from; None for the packaged ones.
        classifier: what recognised the characters, and how good it is (`Classifier.describe`).
        costs: of each training, with each seed, the trainer's `steps`, `loss` and `seconds`.
        overruled: of each set of pictures the faults that the doctor saw.
        n_stories: that were scored, by training.
        answers: claim by claim.
        made_on: how many processors, and versions.
        seconds: of this call; less than the whole where some of it was done before.
    """

    about: str
    seeds: tuple[int, ...]
    data: Mapping[str, str]
    origin: str | None
    classifier: Mapping[str, Any]
    costs: Mapping[str, tuple[Mapping[str, Any], ...]]
    overruled: Mapping[str, tuple[str, ...]]
    n_stories: Mapping[str, int]
    answers: tuple[Answer, ...]
    made_on: Mapping[str, Any]
    seconds: float

    def record(self) -> dict[str, Any]:
        """Everything as JSON values."""
        return {"schema_version": 1, **asdict(self)}

    def rows(self) -> list[tuple[str, list[dict[str, str]]]]:
        """The answers as text, by claim: a row for each measure."""
        found: dict[str, list[dict[str, str]]] = {}
        for one in self.answers:
            found.setdefault(one.says, []).append(_row(one, self.seeds))
        return list(found.items())

    def table(self) -> str:
        """The answers as a Markdown table, with what has to be known beside it."""
        rows = self.rows()
        heads = ["claim", *rows[0][1][0]]
        lines = [_line(heads), _line(["---"] * len(heads))]
        for claim, measures in rows:
            for place, row in enumerate(measures):
                lines.append(_line(["" if place else claim, *row.values()]))
        lines += ["", BELOW, "", *self._notes()]
        return "\n".join(lines) + "\n"

    def _notes(self) -> list[str]:
        cost = ", ".join(
            f"{name} {of[0]['steps']:,} steps in {mean(one['seconds'] for one in of):.0f} s"
            for name, of in self.costs.items()
        )
        notes = [f"- A training: {cost}."]
        notes += [
            f"- The doctor was overruled for {name}: {', '.join(faults)}."
            for name, faults in self.overruled.items()
        ]
        digests = ", ".join(f"{name} `{digest[:12]}`" for name, digest in self.data.items())
        return [*notes, self._scored(), f"- Data: {digests}.", self._machine()]

    def _scored(self) -> str:
        counts = sorted(set(self.n_stories.values()))
        judge = self.classifier
        return (
            f"- Scored: {' or '.join(map(str, counts))} stories of unseen episodes. Characters are "
            f"recognised by `{judge['arch']}.{judge['sha256'][:8]}`, whose F1 on real frames it "
            f"never saw is {100 * judge['held_out']['charf1']:.1f} %."
        )

    def _machine(self) -> str:
        torch, python = self.made_on["torch"], self.made_on["python"]
        return f"- Made on {self.made_on['processors']} processors, torch {torch}, Python {python}."


def _row(one: Answer, seeds: Sequence[int]) -> dict[str, str]:
    error = None if one.interval is None else (one.interval[1] - one.interval[0]) / 4
    decimals = decimals_for(one.mean, error)
    values = [number(value, decimals) for value in one.differences]
    if one.first:
        pairs = zip(one.first, one.second, strict=True)
        values = [f"{number(a, decimals)} : {number(b, decimals)}" for a, b in pairs]
    ahead = number(one.mean, decimals)
    if one.interval is not None:
        low, high = (number(value, decimals) for value in one.interval)
        ahead += f" ({low} … {high})"
    return {
        "measured by": one.measure,
        "of": " : ".join(one.names),
        **{f"seed {seed}": value for seed, value in zip(seeds, values, strict=True)},
        "ahead by, 95 %": ahead,
        "verdict": NOTHING if one.verdict == "shown" else one.verdict,
    }


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
