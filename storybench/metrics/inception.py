"""The extractor behind every published FID: the Inception of 2015-12-05 with its weights.

A weights file is checked by SHA-256 before it is read, since files of the same name with other
contents are about. It is read with `weights_only=True` and loaded strictly.
"""

from __future__ import annotations

import pickle
from pathlib import Path

import torch

from storybench.errors import InputError, MissingError, VerificationError
from storybench.files import sha256_file
from storybench.home import weights_dir
from storybench.metrics.extractor import Extractor
from storybench.metrics.inception_graph import DIM, Inception
from storybench.metrics.pixels import CLEAN299
from storybench.metrics.runner import Runner

FILE = "pt_inception-2015-12-05-6726825d.pth"
SIZE = 95_628_359
SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
SOURCE = "the release 'fid_weights' of github.com/mseitzer/pytorch-fid"

DAMAGE = (
    pickle.UnpicklingError,
    AttributeError,
    EOFError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What torch's reader raises over bytes that are no weights: it stumbles before it complains."""


def load(weights: Path | None = None) -> Extractor:
    """The extractor with the published weights, or with those of a file of the same format.

    Without `weights` the file is looked for in `storybench.home.weights_dir()` and must be the
    published one, to the bit. Other weights are welcome by name; their hash is then part of every
    metric id, and nothing is called FID.

    Raises:
        MissingError: there is no such file; names it, its size, its SHA-256 and its place.
        VerificationError: the file in the published one's place is another.
        InputError: the file does not hold the parameters of this graph.
    """
    path = weights or weights_dir() / FILE
    if not path.is_file():
        raise MissingError(_missing(path))
    found = sha256_file(path)
    if weights is None and found != SHA256:
        raise VerificationError(
            f"Expected the published weights with SHA-256 {SHA256} in {path}, found {found}. Fetch "
            "the file again, or pass it by --weights to score under another metric name."
        )
    return Extractor(
        arch="inception",
        layer="pool3-2048 of inception-2015-12-05",
        weights_sha256=found,
        dim=DIM,
        pixels=CLEAN299,
        network=Runner(read(path)),
        is_published=found == SHA256,
    )


def read(path: Path) -> Inception:
    """The network in eval mode with the parameters of a file; every key must match.

    Raises:
        InputError: not a torch file of tensors, or not the parameters of this graph.
    """
    network = Inception()
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        network.load_state_dict(state)
    except DAMAGE as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else "an empty file"
        raise InputError(
            f"Expected the parameters of the 2015 Inception in {path}, found: {reason}"
        ) from error
    return network.eval().requires_grad_(False)


def _missing(path: Path) -> str:
    wanted = (
        f"the FID Inception weights {FILE} ({SIZE:,} bytes, SHA-256 {SHA256})"
        if path == weights_dir() / FILE
        else "a weights file"
    )
    return (
        f"Expected {wanted} at {path}, found none. Get it from {SOURCE} and put it there; to try "
        "the commands without it, use --extractor twin."
    )
