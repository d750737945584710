"""`duco-2021`: how DuCo-StoryGAN was scored (Maharana, Hannan and Bansal, NAACL 2021)."""

from __future__ import annotations

from storybench.protocols.fact import Fact
from storybench.protocols.protocol import ClassifierPixels, Cut, Protocol

CODE = "adymaharana/StoryViz@6e1126d"

DUCO_2021 = Protocol(
    name="duco-2021",
    summary="DuCo-StoryGAN: all five frames through 64 pixels, random real frames",
    frames="all",
    frames_id="all{n}",
    reference="random",
    counting="per-slot",
    extractor="inception",
    pixels="story64",
    metrics=("fid", "characters"),
    metric_ids=("fid.story64.{frames}.v1", "fid_inf.story64.{frames}.v1"),
    datasets=("pororosv",),
    cuts=(Cut("pororosv", "val", 2304, "file"),),
    averaging=("micro", "macro", "weighted", "samples"),
    classifier_pixels=(ClassifierPixels("pororosv", "classifier299-raw"),),
    task="visualization",
    flags=("random_reference",),
    citation="Maharana, Hannan and Bansal: Improving Generation and Evaluation of Visual Stories "
    "via Semantic Consistency. NAACL 2021. arXiv 2105.10026.",
    facts=(
        Fact(
            "cuts",
            "val: the first 2,304, 8 x 288",
            f"{CODE}:dcsgan/pororo_data.py:577",
        ),
        Fact("frames", "all 5, the first one too", f"{CODE}:dcsgan/pororo_data.py:605-612"),
        Fact("reference", "a random frame at each access", f"{CODE}:dcsgan/pororo_data.py:595-600"),
        Fact("pixels", "64 x 64, both sides", f"{CODE}:eval_scripts/eval_vfid.py:12-16,39"),
        Fact(
            "extractor",
            "the ported Inception of 2015, 2048-d",
            f"{CODE}:eval_scripts/eval_vfid.py:8,29",
        ),
        Fact("averaging", "scikit-learn's report", f"{CODE}:eval_scripts/eval_classifier.py:348"),
        Fact(
            "classifier_pixels",
            "pictures are not normalised, as they were in training",
            f"{CODE}:classifier/dataloader.py:115",
        ),
        Fact(
            "classifier_pixels",
            "the network is built without its step to -1..1",
            f"{CODE}:eval_scripts/eval_classifier.py:266",
        ),
        Fact("loader", "batches of 1: nothing is dropped", f"{CODE}:eval_scripts/eval_vfid.py:29"),
    ),
)
