"""`arldm-2022`, `arldm-2022-visualization`: how AR-LDM was scored (Pan et al., WACV 2024).

One program scores both tasks. Only the frames differ: in visualization the first one is drawn, and
scored, too. A paper prints both numbers under one name, so here each has its own.
"""

from __future__ import annotations

import dataclasses

from storybench.protocols.fact import Fact
from storybench.protocols.protocol import Protocol

CODE = "xichenpan/ARLDM@9d8feeb"

ARLDM_2022 = Protocol(
    name="arldm-2022",
    summary="AR-LDM, continuation: targets through 64 pixels, random real frames, all stories",
    frames="targets",
    frames_id="targets{t}",
    reference="random",
    counting="per-slot",
    extractor="inception",
    pixels="story64",
    metrics=("fid",),
    metric_ids=("fid.story64.{frames}.v1", "fid_inf.story64.{frames}.v1"),
    averaging=(),
    datasets=("pororosv", "flintstonessv"),
    flags=("random_reference",),
    citation="Pan, Qin, Li, Xue and Chen: Synthesizing Coherent Story with Auto-Regressive Latent "
    "Diffusion Models. WACV 2024. arXiv 2211.10950.",
    facts=(
        Fact("cuts", "all stories: 2,208 and 2,309", f"{CODE}:main.py:60-64"),
        Fact("frames", "4 in continuation, 5 in visualization", f"{CODE}:datasets/pororo.py:64"),
        Fact("reference", "a random frame at each access", f"{CODE}:datasets/pororo.py:60"),
        Fact(
            "pixels", "64 x 64: real frames from 128, drawn ones from 512", f"{CODE}:main.py:91-97"
        ),
        Fact("pixels", "the network interpolates to 299", f"{CODE}:main.py:381-386"),
        Fact("extractor", "the ported Inception of 2015, 2048-d", f"{CODE}:main.py:96-97"),
        Fact("averaging", "no character metric in the repository", f"{CODE}:main.py:446-450"),
        Fact("loader", "nothing is dropped", f"{CODE}:main.py:63-64"),
        Fact(
            "note",
            "their distance is of pictures in memory, ours of files",
            f"{CODE}:main.py:446-450",
        ),
    ),
)

ARLDM_2022_VISUALIZATION = dataclasses.replace(
    ARLDM_2022,
    name="arldm-2022-visualization",
    summary="AR-LDM, visualization: all five frames through 64 pixels, random real frames, all "
    "stories",
    frames="all",
    frames_id="all{n}",
    task="visualization",
)
