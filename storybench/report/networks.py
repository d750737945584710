"""What differs in the network behind a number and a published one: its features or its verdicts.

A distance, a cosine or an F1 is a property of the network that saw the pictures, and of how they
were fed to it. Of published ones little is known: what is, stands in the remarks of the row and in
the facts of its protocol.
"""

from __future__ import annotations

from collections.abc import Iterator

from storybench.protocols.protocol import TWIN_SUFFIX
from storybench.report import effects
from storybench.report.beside import on_real_frames
from storybench.report.explanation import Difference
from storybench.report.facts import source_of
from storybench.report.published import CHARACTERS, CLIP, OWN_INPUT, Practice, PublishedRow
from storybench.types import Report, Score

CPCSV = "basiclab/CPCStoryVisualization-Pytorch@e34ecf1:fid/residual2p1.py"
CMOTA = "yonseivnl/cmota@781528d:fvd_calculation/fid_fsd_cal_1.py:16-20"


def of_network(
    report: Report, score: Score, row: PublishedRow, theirs: Practice
) -> Iterator[Difference]:
    """How the networks differ, or what they were fed."""
    if row.metric == "FID":
        yield from _features(score)
    if row.metric == "FSD":
        yield from _video(score, row)
    if row.metric in CLIP:
        yield from _clip(score, row)
    if row.metric in CHARACTERS:
        yield from _classifier(score, row)
        yield from _averaging(row, theirs)
        yield from _classifier_pixels(report, score, theirs)


def _features(score: Score) -> Iterator[Difference]:
    if score.metric.startswith("fid."):
        return
    arch = score.settings.get("extractor", {}).get("arch", "another network")
    yield Difference(
        "Features",
        "the same network with other weights" if arch == "inception" else f"the network {arch!r}",
        "the Inception of 2015-12-05, as ported",
        "A distance on other features is on another scale: it is no FID.",
    )


def _video(score: Score, row: PublishedRow) -> Iterator[Difference]:
    """FSD as it was meant, beside what its implementations compute."""
    side = score.settings.get("preprocess", {}).get("to")
    size = f"{side} pixels" if side else "its own size"
    here = f"pictures brought to {size} and normalised as the network was trained"
    if OWN_INPUT in row.notes:
        yield Difference(
            "Input of the network",
            here,
            "the raw pictures: the implementation ignores its own resize and normalisation",
            "A network that is fed otherwise than it learnt makes other features; by how much that "
            "moves an FSD was not measured.",
            CPCSV,
        )
    elif "224px" in row.notes:
        yield Difference(
            "Input of the network",
            here,
            "pictures brought to 224 pixels",
            "CP-CSV's and VLC-StoryGAN's implementations of FSD ignore their own resize and "
            "normalisation; whether this one does is not known.",
            CMOTA,
        )


def _clip(score: Score, row: PublishedRow) -> Iterator[Difference]:
    _, arch, sha8, *_ = (*score.metric.split("."), "", "")
    real = on_real_frames(score) if row.metric == "CLIP-T" else None
    beside = "" if real is None else f", by which the real frames have {real:.4f}"
    there = "not said" if "CLIP fine-tuned" not in row.notes else "one fine-tuned on the dataset"
    yield Difference(
        "CLIP",
        f"{arch} {sha8}{beside}",
        there,
        "Cosines of two networks are on two scales: neither can be read on the other.",
    )


def _classifier(score: Score, row: PublishedRow) -> Iterator[Difference]:
    _, arch, sha8, *_ = (*score.metric.split("."), "", "")
    there = "that of the paper"
    if "retrained classifiers" in row.notes:
        there = "their own, retrained"
    elif row.model.startswith("MaskGST"):
        there = "that of DuCo-StoryGAN, as the paper says in its appendix E"
    yield Difference(
        "Classifier",
        f"{arch} {sha8}{_ceiling(score, row)}",
        f"{there}, whose score on real frames no source gives",
        "Two classifiers make two metrics; only the distance to each one's ceiling can be read.",
    )


def _averaging(row: PublishedRow, theirs: Practice) -> Iterator[Difference]:
    averages = () if theirs.rules is None else theirs.rules.averaging
    if row.metric != "Char-F1" or averages == ("micro",):
        return
    there = "not said"
    if averages:
        there = f"one of {', '.join(averages)}; the paper does not say which"
    yield Difference(
        "Averaging", "micro", there, effects.AVERAGES, source_of(theirs.rules, "averaging")
    )


def _classifier_pixels(report: Report, score: Score, theirs: Practice) -> Iterator[Difference]:
    if theirs.rules is None:
        return
    dataset = report.dataset.removesuffix(TWIN_SUFFIX)
    here, there = effects.classifier_path(score), theirs.rules.classifier_path(dataset)
    if here != there:
        yield Difference(
            "Pixels of the classifier",
            effects.CLASSIFIER_WORDS[here],
            effects.CLASSIFIER_WORDS[there],
            "A network that is fed other pixels than it learnt from says other characters; by how "
            "much that moves an F1 on the real data was not measured.",
            source_of(theirs.rules, "classifier_pixels", dataset=dataset),
        )


def _ceiling(score: Score, row: PublishedRow) -> str:
    found = on_real_frames(score)
    return "" if found is None else f", whose ceiling on real frames is {found * row.scale:.2f}"
