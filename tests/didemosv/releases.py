"""Tiny raw DiDeMo releases: videos of 64 x 48 pixels, annotations in the real schema.

from tests.didemosv.releases import record, write_annotations, write_video
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np

FPS = 5


def record(
    annotation_id: int, video: str, description: str, *times: tuple[int, int], **more: Any
) -> dict[str, Any]:
    """One annotation as DiDeMo writes it; a single moment is what all four annotators gave."""
    moments = times if len(times) > 1 else times * 4
    return {
        "annotation_id": annotation_id,
        "description": description,
        "dl_link": f"https://www.flickr.com/video_download.gne?id={annotation_id}",
        "num_segments": 6,
        "times": [list(moment) for moment in moments],
        "video": video,
        **more,
    }


def write_annotations(raw: Path, split: str, records: Sequence[Any]) -> Path:
    """Write `<split>_data.json` into a raw folder."""
    raw.mkdir(parents=True, exist_ok=True)
    path = raw / f"{split}_data.json"
    path.write_text(json.dumps(records))
    return path


def write_video(
    path: Path, seconds: float, *, stamps: Sequence[int] = (), index_first: bool = False
) -> Path:
    """Write an mp4 whose frame number n is the grey level n.

    `stamps` are the presentation times of the frames in 1/`FPS` seconds: give them for a variable
    frame rate. With `index_first` a file that is cut short still opens.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"movflags": "faststart"} if index_first else {}
    with av.open(str(path), "w", format="mp4", options=options) as container:
        stream = container.add_stream("libx264", rate=FPS, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number, stamp in enumerate(stamps or range(round(seconds * FPS))):
            picture = np.full((48, 64, 3), number % 256, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = stamp
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
