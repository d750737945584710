"""Where storybench keeps what it can fetch or compute again: weights, features, results, programs.

`STORYBENCH_HOME`, else the platform's cache folder. Nothing is created here: who writes a file
makes its folder.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

VARIABLE = "STORYBENCH_HOME"


def home() -> Path:
    """The folder named by `STORYBENCH_HOME`, else the platform's cache folder for storybench."""
    named = os.environ.get(VARIABLE)
    return Path(named).expanduser() if named else platformdirs.user_cache_path("storybench")


def weights_dir() -> Path:
    """Where weights files are looked for."""
    return home() / "weights"


def features_dir() -> Path:
    """Where features of pictures are cached."""
    return home() / "features"


def results_dir() -> Path:
    """Where results of whole runs are kept, for whoever runs the same again."""
    return home() / "results"


def programs_dir() -> Path:
    """Where torch keeps what it compiled for a model that draws."""
    return home() / "compiled"
