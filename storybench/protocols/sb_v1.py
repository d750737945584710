"""`sb-v1`, the project's own protocol.

All stories of the split, targets only, each against the middle frame of its clip, at full
resolution through the clean 299-pixel path; a real frame counts once per slot that it is the target
of. Where the build keeps no clips, or a clip has one frame, that is the frame of the build.
Published numbers use the Inception of 2015-12-05.
"""

from __future__ import annotations

from storybench.protocols.fact import Fact
from storybench.protocols.protocol import Protocol

SPECIFICATION = "specification of metrics, section P"

SB_V1 = Protocol(
    name="sb-v1",
    summary="all stories, targets only, against the middle frame of each clip, clean 299-pixel "
    "Inception",
    frames="targets",
    reference="middle",
    counting="per-slot",
    extractor="inception",
    pixels="clean299",
    metrics=("fid", "kid", "characters", "clip"),
    metric_ids=(
        "fid.clean299.{frames}.v1",
        "fid_inf.clean299.{frames}.v1",
        "kid.clean299.{frames}.v1",
    ),
    averaging=("micro", "macro", "weighted"),
    citation="storybench",
    facts=(
        Fact("cuts", "every story of the split, nothing dropped", f"{SPECIFICATION}.1"),
        Fact("frames", "targets 1 to t; the source is on neither side", f"{SPECIFICATION}.1"),
        Fact("reference", "the frame k // 2 of a clip of k frames", f"{SPECIFICATION}.1"),
        Fact("counting", "a clip that is a target m times counts m times", f"{SPECIFICATION}.1"),
        Fact(
            "pixels", "centre square, Pillow's bicubic in float, (x-128)/128", f"{SPECIFICATION}.2"
        ),
        Fact("extractor", "pt_inception-2015-12-05-6726825d.pth, 2048-d", f"{SPECIFICATION}.2"),
        Fact(
            "classifier_pixels",
            "short side 299, centre crop, ImageNet's mean and deviation",
            f"{SPECIFICATION}.3",
        ),
        Fact("averaging", "micro F1 is the headline, others stand beside it", f"{SPECIFICATION}.3"),
    ),
)
