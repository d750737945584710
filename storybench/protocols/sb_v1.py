"""`sb-v1`, the project's own protocol.

All stories of the split, targets only, each against the frame that the build of the data holds for
it, at full resolution through the clean 299-pixel path; a real frame counts once per slot that it
is the target of. Published numbers use the Inception of 2015-12-05.
"""

from __future__ import annotations

from storybench.protocols.protocol import Protocol

SB_V1 = Protocol(
    name="sb-v1",
    summary="all stories, targets only, against the frames of the build, clean 299-pixel Inception",
    frames="targets",
    reference="as-built",
    counting="per-slot",
    extractor="inception",
    pixels="clean299",
    metrics=("fid",),
    metric_ids=("fid.clean299.targets.v1", "fid_inf.clean299.targets.v1"),
)
