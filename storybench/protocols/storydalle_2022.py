"""`storydalle-2022`: how StoryDALL-E was scored (Maharana, Hannan and Bansal, ECCV 2022)."""

from __future__ import annotations

from storybench.protocols.fact import Fact
from storybench.protocols.protocol import ClassifierPixels, Cut, Protocol

CODE = "adymaharana/storydalle@132dd19:story-dalle"

STORYDALLE_2022 = Protocol(
    name="storydalle-2022",
    summary="StoryDALL-E: targets through 64 pixels, random real frames, 1,900 test stories of "
    "FlintstonesSV",
    frames="targets",
    frames_id="targets{t}",
    reference="random",
    counting="per-slot",
    extractor="inception",
    pixels="story64",
    metrics=("fid", "characters"),
    metric_ids=("fid.story64.{frames}.v1", "fid_inf.story64.{frames}.v1"),
    datasets=("pororosv", "flintstonessv", "didemosv"),
    cuts=(Cut("flintstonessv", "test", 1900, "file"),),
    averaging=("micro", "macro", "weighted", "samples"),
    classifier_pixels=(
        ClassifierPixels("pororosv", "classifier299-nostep"),
        ClassifierPixels("flintstonessv", "classifier299-nostep"),
    ),
    flags=("random_reference",),
    citation="Maharana, Hannan and Bansal: StoryDALL-E: Adapting Pretrained Text-to-Image "
    "Transformers for Story Continuation. ECCV 2022. arXiv 2209.06192.",
    facts=(
        Fact(
            "cuts",
            "FlintstonesSV test: the first 1,900",
            f"{CODE}/flintstones_dataloader.py:99-101",
        ),
        Fact("cuts", "PororoSV test: all unseen ids", f"{CODE}/pororo_dataloader.py:408-414"),
        Fact(
            "frames",
            "4 targets; the source is another element",
            f"{CODE}/pororo_dataloader.py:459-463",
        ),
        Fact("frames", "2 targets in DiDeMoSV (min_len 2)", f"{CODE}/didemo_dataloader.py:83"),
        Fact(
            "reference",
            "a random frame of the strip, unseeded",
            f"{CODE}/pororo_dataloader.py:423-427",
        ),
        Fact("pixels", "64 x 64 by default, both sides", f"{CODE}/eval_fid.py:13-17,53"),
        Fact("pixels", "to 299 without antialiasing, 2x - 1", f"{CODE}/vfid/fid_score.py:94-99"),
        Fact(
            "extractor",
            "the ported Inception of 2015, 2048-d",
            f"{CODE}/vfid/inception.py:13,166-190",
        ),
        Fact("averaging", "scikit-learn's report, all four", f"{CODE}/eval_char_clf.py:352-359"),
        Fact(
            "classifier_pixels",
            "the network is built without the step to -1..1 that it was trained with",
            f"{CODE}/eval_char_clf.py:253",
        ),
        Fact(
            "classifier_pixels",
            "299, centre crop, ImageNet's mean and deviation",
            f"{CODE}/eval_char_clf.py:256-262",
        ),
        Fact("loader", "batches of 1: drop_last drops nothing", f"{CODE}/vfid/fid_score.py:79-80"),
        Fact("note", "the cache is not keyed by the size of pictures", f"{CODE}/eval_fid.py:42"),
    ),
)
