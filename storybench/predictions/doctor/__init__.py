"""The doctor: proves that predictions are whole and belong to the stories they are claimed for.

`examine` is the entry; what it can tell, how surely, and what it cannot, stands in README.md.
"""

from storybench.predictions.doctor.examination import examine
from storybench.predictions.doctor.truth import Truth

__all__ = ["Truth", "examine"]
