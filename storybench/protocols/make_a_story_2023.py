"""`make-a-story-2023`: the released scoring of Make-A-Story (Rahman et al., CVPR 2023).

The one script that was released draws its own scenes of another game (MUGEN); here its pixel paths,
its count of frames and its cut are applied to the dataset at hand. Windows of four frames are the
first four frames of our stories.
"""

from __future__ import annotations

from storybench.protocols.fact import Fact
from storybench.protocols.protocol import Cut, Protocol

CODE = "ubc-vision/Make-A-Story@593ee04"

MAKE_A_STORY_2023 = Protocol(
    name="make-a-story-2023",
    summary="Make-A-Story: four frames, real ones washed out by a missing step, 1,000 stories",
    frames="all",
    n_frames=4,
    frames_id="first4",
    reference="random",
    counting="per-slot",
    extractor="inception",
    pixels="make-a-story",
    reference_pixels="make-a-story-reference",
    metrics=("fid", "characters"),
    metric_ids=("fid.make-a-story.{frames}.v1", "fid_inf.make-a-story.{frames}.v1"),
    datasets=("pororosv", "flintstonessv"),
    cuts=(Cut("pororosv", "test", 1000), Cut("flintstonessv", "test", 1000)),
    averaging=("weighted", "weighted-pair"),
    task="visualization",
    flags=("random_reference", "asymmetric_sides"),
    citation="Rahman, Lee, Ren, Tulyakov, Mahajan and Sigal: Make-A-Story: Visual Memory "
    "Conditioned Consistent Story Generation. CVPR 2023. arXiv 2211.13319.",
    facts=(
        Fact("cuts", "the first 1,000", f"{CODE}:classifier/eval_dataloader_multi.py:53-55"),
        Fact(
            "frames", "4 frames, the first one too", f"{CODE}:classifier/fid_score.py:232,262-269"
        ),
        Fact(
            "reference", "a random frame at each access", f"{CODE}:ldm/data/flintstones_data.py:136"
        ),
        Fact(
            "pixels",
            "drawn frames: 299 x 299, to -1..1",
            f"{CODE}:classifier/fid_score.py:224,270-271",
        ),
        Fact(
            "reference_pixels",
            "real frames: 256 x 256, Normalize commented out",
            f"{CODE}:classifier/eval_dataloader_multi.py:77-79",
        ),
        Fact(
            "extractor",
            "the ported Inception of 2015, 2048-d",
            f"{CODE}:classifier/fid_score.py:342-343",
        ),
        Fact(
            "averaging",
            "weighted, by labels= of the first two characters only: weighted-pair",
            f"{CODE}:eval_char_classifier.py:555",
        ),
        Fact("loader", "batches of 1: nothing is dropped", f"{CODE}:eval_vfid.py:22"),
        Fact(
            "note",
            "drawn frames come from a checkpoint; here from files",
            f"{CODE}:classifier/fid_score.py:211-260",
        ),
    ),
)
