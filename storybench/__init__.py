"""storybench: datasets, baselines and a benchmark for story continuation.

Given a source frame and captions, a model generates the frames that follow. This package is the
contract (types, shards, predictions), the scoring and the command line. Importing it loads nothing
heavy: each public name is imported when it is first used (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from storybench.errors import StorybenchError
    from storybench.evaluate import evaluate
    from storybench.predictions.store import PredictionSet, PredictionWriter
    from storybench.shards.clips import Clips
    from storybench.shards.reader import Stories
    from storybench.shards.verify import verify
    from storybench.types import (
        Clip,
        Frame,
        Origin,
        Prediction,
        Report,
        Score,
        Story,
        StoryPrompt,
        StorySpec,
    )

_HOME_OF = {
    "Clip": "storybench.types",
    "Clips": "storybench.shards.clips",
    "Frame": "storybench.types",
    "Origin": "storybench.types",
    "Prediction": "storybench.types",
    "PredictionSet": "storybench.predictions.store",
    "PredictionWriter": "storybench.predictions.store",
    "Report": "storybench.types",
    "Score": "storybench.types",
    "Stories": "storybench.shards.reader",
    "Story": "storybench.types",
    "StoryPrompt": "storybench.types",
    "StorySpec": "storybench.types",
    "StorybenchError": "storybench.errors",
    "evaluate": "storybench.evaluate",
    "verify": "storybench.shards.verify",
}

__all__ = [
    "Clip",
    "Clips",
    "Frame",
    "Origin",
    "Prediction",
    "PredictionSet",
    "PredictionWriter",
    "Report",
    "Score",
    "Stories",
    "Story",
    "StoryPrompt",
    "StorySpec",
    "StorybenchError",
    "__version__",
    "evaluate",
    "verify",
]


def __getattr__(name: str) -> object:
    """Import a public name from its module on first use."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'storybench' has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
