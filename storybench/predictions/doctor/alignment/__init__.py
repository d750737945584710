"""Do the pictures belong to the slots they are claimed for? Statistics where names cannot tell."""

from storybench.predictions.doctor.alignment.verdict import Alignment, Fitted, alignment

__all__ = ["Alignment", "Fitted", "alignment"]
