"""`cmota-2023`: how CMOTA was scored (Ahn et al., ICCV 2023)."""

from __future__ import annotations

from storybench.protocols.fact import Fact
from storybench.protocols.protocol import Batch, Protocol

CODE = "yonseivnl/cmota@781528d"

CMOTA_2023 = Protocol(
    name="cmota-2023",
    summary="CMOTA: all five frames through 224 pixels, real ones through 256 first, last batch "
    "dropped",
    frames="all",
    frames_id="all{n}",
    reference="random",
    counting="per-slot",
    extractor="inception",
    pixels="cmota224",
    reference_pixels="cmota224-reference",
    metrics=("fid", "characters"),
    metric_ids=("fid.cmota224.{frames}.v1", "fid_inf.cmota224.{frames}.v1"),
    averaging=(),
    datasets=("pororosv",),
    batch=Batch(128, "frames"),
    task="visualization",
    flags=("random_reference", "asymmetric_sides"),
    citation="Ahn, Kim, Song, Kim and Choi: Story Visualization by Online Text Augmentation with "
    "Context Memory. ICCV 2023. arXiv 2308.07575.",
    facts=(
        Fact("cuts", "all 2,208 test stories", f"{CODE}:cmota/loader.py:298,325"),
        Fact("frames", "all 5, the first one too", f"{CODE}:fvd_calculation/datasets.py:32-41"),
        Fact("reference", "a random frame at each access", f"{CODE}:cmota/loader.py:115"),
        Fact("pixels", "224 x 224", f"{CODE}:fvd_calculation/fid_fsd_cal_1.py:16-20"),
        Fact(
            "reference_pixels",
            "real frames: Pillow's bicubic to 256 first",
            f"{CODE}:fvd_calculation/datasets.py:80,101",
        ),
        Fact(
            "extractor",
            "the ported Inception of 2015, 2048-d",
            f"{CODE}:fvd_calculation/fid_score_v.py:168",
        ),
        Fact("averaging", "no character metric in the repository", f"{CODE}:README.md"),
        Fact(
            "batch",
            "batches of 128, the last one dropped",
            f"{CODE}:fvd_calculation/fid_score_v.py:78-79",
        ),
        Fact(
            "note",
            "its pictures are stretched to full contrast one by one; not undone here",
            f"{CODE}:cmota/models/cond_transformer.py:426-427",
        ),
    ),
)
