"""Rows every board needs: what a score is worth when nothing is generated."""

from storymodels.controls.copy_source import CopySource
from storymodels.controls.nearest_train import NearestTrain

__all__ = ["CopySource", "NearestTrain"]
