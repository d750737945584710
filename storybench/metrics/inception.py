"""The extractor behind every published FID: the Inception of 2015-12-05 with its weights.

A weights file is checked by SHA-256 before it is read, since files of the same name with other
contents are about. It is read with `weights_only=True` and loaded strictly into the published
graph; what then runs is that graph rearranged for speed (`inception_folded`).
"""

from __future__ import annotations

from pathlib import Path

from storybench.metrics import parameters
from storybench.metrics.extractor import Extractor
from storybench.metrics.inception_folded import FoldedInception
from storybench.metrics.inception_graph import DIM, Inception
from storybench.metrics.pixels import CLEAN299
from storybench.metrics.runner import Dtype, Runner
from storybench.weights.known import FID_INCEPTION
from storybench.weights.place import require

WHAT = "the parameters of the 2015 Inception"
ADVICE = "To try the commands without it, use --extractor twin."
BATCH = 8


def load(weights: Path | None = None, *, dtype: Dtype = "float32") -> Extractor:
    """The extractor with the published weights, or with those of a file of the same format.

    Without `weights` the file is looked for in `storybench.home.weights_dir()` and must be the
    published one, to the bit. Other weights are welcome by name; their hash is then part of every
    metric id, and nothing is called FID. With another `dtype` than float32 the features are others,
    so the architecture has another name, in metric ids and in the cache, and nothing is called FID.

    Raises:
        MissingError: there is no such file; names it, its size, its SHA-256 and its place.
        VerificationError: the file in the published one's place is another.
        InputError: the file does not hold the parameters of this graph.
    """
    path, found = require(FID_INCEPTION, weights, advice=ADVICE)
    runner = Runner(FoldedInception(read(path)), dtype)
    is_exact = dtype == "float32"
    return Extractor(
        arch="inception" if is_exact else "inception-bf16",
        layer="pool3-2048 of inception-2015-12-05",
        weights_sha256=found,
        dim=DIM,
        pixels=CLEAN299,
        network=runner,
        batch=BATCH,
        is_published=is_exact and found == FID_INCEPTION.sha256,
        dtype=dtype,
    )


def load_short(weights: Path | None = None) -> Extractor:
    """The same network computed in bfloat16: faster, and never called FID.

    Raises:
        MissingError, VerificationError, InputError: as `load`.
    """
    return load(weights, dtype="bfloat16")


def read(path: Path) -> Inception:
    """The network in eval mode with the parameters of a file; every key must match.

    Raises:
        InputError: not a torch file of tensors, or not the parameters of this graph.
    """
    network = Inception()
    parameters.fill(network, parameters.read(path, what=WHAT), path=path, what=WHAT)
    return network.eval().requires_grad_(False)
