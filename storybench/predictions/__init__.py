"""Generated frames on disk: the canonical store and the doctor that checks it.

::

    preds/
      <story id>/1.png … T.png    the targets of one story: square, RGB, at least 64 pixels wide
      predictions.json            written last: dataset, split, data_digest, n_targets, size, model,
                                  seed, n_candidates, the pixel hash of every frame, containers
                                  (where converted pictures were lossy before), digest

Pictures are PNG or lossless WebP; JPEG is read too, and noted, also after a conversion. Frame 0,
the source, is given and so never part of a set. Without `predictions.json` a folder is read all the
same, its model unknown.
"""

from storybench.predictions.doctor import examine
from storybench.predictions.doctor.diagnosis import Diagnosis
from storybench.predictions.manifest import PredictionManifest, Run
from storybench.predictions.mapped import MappedPredictions
from storybench.predictions.problem import Fault, Note, Problem
from storybench.predictions.reader import Picture, Predictions
from storybench.predictions.store import PredictionSet, PredictionWriter

__all__ = [
    "Diagnosis",
    "Fault",
    "MappedPredictions",
    "Note",
    "Picture",
    "PredictionManifest",
    "PredictionSet",
    "PredictionWriter",
    "Predictions",
    "Problem",
    "Run",
    "examine",
]
