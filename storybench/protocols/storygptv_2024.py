"""`storygptv-2024`: how StoryGPT-V was scored (Shen and Elhoseiny, CVPR 2025).

Its stories are non-overlapping blocks of four clips. Here a block is the four targets of a story,
and in the official order a story is kept if no clip of it was a target before.
"""

from __future__ import annotations

from storybench.protocols.fact import Fact
from storybench.protocols.protocol import Batch, Protocol

CODE = "xiaoqian-shen/StoryGPT-V@3969f68"

STORYGPTV_2024 = Protocol(
    name="storygptv-2024",
    summary="StoryGPT-V: non-overlapping blocks of four, pixels outside the network's range, last "
    "batch dropped",
    frames="targets",
    frames_id="blocks{t}",
    reference="random",
    counting="per-slot",
    extractor="inception",
    pixels="storygptv299",
    metrics=("fid", "characters"),
    metric_ids=("fid.storygptv299.{frames}.v1", "fid_inf.storygptv299.{frames}.v1"),
    datasets=("pororosv", "flintstonessv"),
    blocks=True,
    batch=Batch(16, "stories"),
    task="visualization",
    flags=("random_reference", "off_domain"),
    citation="Shen and Elhoseiny: StoryGPT-V: Large Language Models as Consistent Story "
    "Visualizers. CVPR 2025. arXiv 2312.02252.",
    facts=(
        Fact(
            "blocks", "every fourth test clip begins a block of 4", f"{CODE}:models/data.py:68-80"
        ),
        Fact("frames", "all 4 of a block", f"{CODE}:models/data.py:47,68-80"),
        Fact("reference", "a random frame of the clip", f"{CODE}:eval/eval_all.py:80-84"),
        Fact("pixels", "299, ImageNet's mean and deviation", f"{CODE}:eval/eval_all.py:55-60"),
        Fact("pixels", "(x + 1) / 2, then the network's 2x - 1", f"{CODE}:eval/fid_score.py:79-94"),
        Fact("extractor", "the ported Inception of 2015, 2048-d", f"{CODE}:eval/fid_score.py:166"),
        Fact("averaging", "micro F1 by hand", f"{CODE}:eval/eval_cls.py:106-109"),
        Fact("batch", "batches of 16 stories, the last one dropped", f"{CODE}:eval/eval_all.py:98"),
        Fact(
            "note",
            "stories are those found in the folder; here all blocks",
            f"{CODE}:eval/eval_all.py:67",
        ),
        Fact(
            "note",
            "its real frames were enlarged from 128 to 512; not done here",
            f"{CODE}:eval/eval_all.py:80",
        ),
    ),
)
