"""Audit a build: read it once, look at it from every side, say what it means."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from storybench.audit.captions import captions, shared_captions
from storybench.audit.findings import findings
from storybench.audit.labels import labels
from storybench.audit.material import Material, read_material
from storybench.audit.near import BITS, N_BITS, Near, near_duplicates
from storybench.audit.record import Audit
from storybench.audit.sharing import shared, shared_clusters
from storybench.audit.windows import windows
from storybench.errors import InputError
from storybench.types import Progress

EXAMPLES = 12


def audit(
    directory: Path,
    *,
    threshold: int = BITS,
    n_examples: int = EXAMPLES,
    on_progress: Progress | None = None,
) -> Audit:
    """Look for leaks, near-duplicates, overlaps and oddities; the same build gives the same audit.

    Args:
        directory: the folder of a finished build.
        threshold: how many of 64 bits the perceptual hashes of near-duplicates may differ in.
        n_examples: how many examples of each kind to keep.
        on_progress: called as stories are read and pictures compared.

    Raises:
        MissingError: no finished build there, or a shard of it is gone.
        InputError: a threshold outside 0 to 16, or something that cannot be read.
        VerificationError: bytes are not those that the build wrote.
    """
    if not 0 <= threshold <= N_BITS // 4:
        raise InputError(
            f"Expected a threshold from 0 to {N_BITS // 4} of {N_BITS} bits, found {threshold}."
        )
    material = read_material(directory, on_progress=on_progress)
    near = near_duplicates(material, bits=threshold, n_examples=n_examples, on_progress=on_progress)
    return audit_material(material, near, n_examples=n_examples)


def audit_material(material: Material, near: Near, *, n_examples: int = EXAMPLES) -> Audit:
    """The audit of what was read already."""
    found = Audit(
        dataset=material.spec.name,
        version=material.spec.version,
        digest=material.digest,
        shared=shared(material, n_examples=n_examples),
        shared_clusters=shared_clusters(material, n_examples=n_examples),
        near=near,
        windows=windows(material),
        labels=labels(material),
        captions=captions(material),
        shared_captions=shared_captions(material, n_examples=n_examples),
    )
    return replace(found, findings=findings(found))
