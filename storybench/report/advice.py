"""What to do with a number that is beside a published one: the command that comes nearer to it."""

from __future__ import annotations

from storybench.protocols.protocol import TWIN_SUFFIX
from storybench.report.like import extractor_named
from storybench.report.published import CHARACTERS, CLIP, Practice, PublishedRow
from storybench.types import Report, Score

FROM_FSD = (
    "No command lands on that scale: under every protocol FSD runs the network on pictures that "
    "are prepared as it was trained."
)
FROM_CLIP = (
    "No command lands on that scale: it takes the CLIP that was fine-tuned on the dataset, and no "
    "such weights are known here."
)


def advice(report: Report, score: Score, row: PublishedRow, theirs: Practice) -> str:
    """A command that scores as the published number was, or why there is none; empty if neither.

    None is needed under the same protocol, and none is known where no code is.
    """
    if row.metric == "FSD":
        return FROM_FSD
    if row.metric in CLIP:
        return FROM_CLIP if "CLIP fine-tuned" in row.notes else ""
    rules = theirs.rules
    if rules is None or rules.name == report.protocol or not rules.fits(report.dataset):
        return ""
    command = _command(report, score, rules.name)
    if row.metric in CHARACTERS:
        return (
            f"To come nearer, score the same pictures with `{command} --classifier FILE`; only "
            "through the classifier of that paper does a score land on its scale."
        )
    purpose = "To land on that scale"
    if report.dataset.endswith(TWIN_SUFFIX):
        purpose = "To see that protocol at work"
    return (
        f"{purpose}, score the same pictures with `{command}`; `--protocol all` draws what each "
        "difference moves."
    )


def _command(report: Report, score: Score, protocol: str) -> str:
    """How to score under a protocol; the toy world goes through the network that it went through.

    A distance of the real data goes through the protocol's own.
    """
    words = ["storybench eval --preds PREDS --data SHARDS"]
    if report.split != "test":
        words.append(f"--split {report.split}")
    words.append(f"--protocol {protocol}")
    arch = score.settings.get("extractor", {}).get("arch")
    if report.dataset.endswith(TWIN_SUFFIX) and score.metric.startswith("fd.") and arch:
        words.append(f"--extractor {extractor_named(arch)}")
    return " ".join(words)
