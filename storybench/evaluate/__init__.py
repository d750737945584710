"""Score a folder of predictions against the shards they were made for, under a named protocol.

Predictions and shards in, an `Evaluation` out. This is where the parts meet: the protocol says
which frames, the doctor refuses a set that is not whole or not of these stories, features give
estimates, and the spread over episodes or videos puts an interval on each. Pictures stream through
in batches; only features stay in memory. The same inputs give the same report, byte for byte.
"""

from storybench.evaluate.chosen import beside
from storybench.evaluate.controls import CONTROLS, evaluate_controls
from storybench.evaluate.described import Described
from storybench.evaluate.intervals import score
from storybench.evaluate.known import Known
from storybench.evaluate.machine import Machine, require_whole, run_machine
from storybench.evaluate.network import load_behind
from storybench.evaluate.record import versions
from storybench.evaluate.scoring import evaluate, evaluate_prepared, prepare_for
from storybench.evaluate.subject import Subject, prepare

__all__ = [
    "CONTROLS",
    "Described",
    "Known",
    "Machine",
    "Subject",
    "beside",
    "evaluate",
    "evaluate_controls",
    "evaluate_prepared",
    "load_behind",
    "prepare",
    "prepare_for",
    "require_whole",
    "run_machine",
    "score",
    "versions",
]
