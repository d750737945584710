"""`vlc-2021`: how VLC-StoryGAN was scored (Maharana and Bansal, EMNLP 2021), after its erratum.

Before commit 7411240 the reference set silently held generated pictures; its low numbers are void.
"""

from __future__ import annotations

from storybench.protocols.fact import Fact
from storybench.protocols.protocol import ClassifierPixels, Cut, Protocol

CODE = "adymaharana/VLCStoryGan@7411240"

VLC_2021 = Protocol(
    name="vlc-2021",
    summary="VLC-StoryGAN: all five frames through 64 pixels, random real frames, splits cut to "
    "what its batches fill",
    frames="all",
    frames_id="all{n}",
    reference="random",
    counting="per-slot",
    extractor="inception",
    pixels="story64",
    metrics=("fid", "characters"),
    metric_ids=("fid.story64.{frames}.v1", "fid_inf.story64.{frames}.v1"),
    datasets=("pororosv", "flintstonessv"),
    cuts=(
        Cut("pororosv", "val", 2304, "file"),
        Cut("flintstonessv", "test", 2304, "file"),
        Cut("flintstonessv", "val", 2060, "file"),
    ),
    averaging=("micro", "macro", "weighted", "samples"),
    classifier_pixels=(
        ClassifierPixels("pororosv", "classifier299-raw"),
        ClassifierPixels("flintstonessv", "classifier299-nostep"),
    ),
    task="visualization",
    flags=("random_reference",),
    citation="Maharana and Bansal: Integrating Visuospatial, Linguistic and Commonsense Structure "
    "into Story Visualization. EMNLP 2021. arXiv 2110.10834.",
    facts=(
        Fact("cuts", "PororoSV val: the first 2,304", f"{CODE}:vlcgan/pororo_data.py:620"),
        Fact(
            "cuts", "FlintstonesSV: test 2,304, val 2,060", f"{CODE}:vlcgan/flintstones_data.py:540"
        ),
        Fact("frames", "all 5, the first one too", f"{CODE}:eval_vfid.py:23-35"),
        Fact("reference", "a random frame at each access", f"{CODE}:vlcgan/pororo_data.py:641"),
        Fact("pixels", "64 x 64, both sides", f"{CODE}:eval_vfid.py:9-13,46"),
        Fact("extractor", "the ported Inception of 2015, 2048-d", f"{CODE}:eval_vfid.py:35"),
        Fact("averaging", "scikit-learn's report", f"{CODE}:eval_classifier.py:348"),
        Fact(
            "classifier_pixels",
            "PororoSV: pictures are not normalised, as they were in training",
            f"{CODE}:classifier/dataloader.py:115",
        ),
        Fact(
            "classifier_pixels",
            "FlintstonesSV: pictures are normalised",
            f"{CODE}:classifier/flintstones_dataloader.py:116",
        ),
        Fact(
            "classifier_pixels",
            "the network is built without its step to -1..1",
            f"{CODE}:eval_classifier.py:266",
        ),
        Fact("loader", "batches of 1: nothing is dropped", f"{CODE}:eval_vfid.py:35"),
        Fact("note", "numbers before this commit are void", f"{CODE}:README.MD:5-14"),
    ),
)
