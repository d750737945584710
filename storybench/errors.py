"""Every error a user can cause, and the exit code each one ends the command with.

::

    StorybenchError                 2  wrong usage or invalid input
    ├── InputError                  2  a file, folder or option is not what was expected
    │   ├── RawDataError            2  a raw release has a broken or surprising file
    │   └── PredictionError         2  predictions are incomplete, undecodable or the wrong size
    ├── UnknownNameError            2  no dataset, model, metric or extractor of that name
    ├── LossError                   3  finished, but more was dropped than was allowed
    ├── MissingError                4  something needed is not there: raw data, weights, an extra
    │   └── NoSpaceError            4  the disk is full
    └── VerificationError           5  a hash, an offset or a recomputed number does not match

Anything else is a bug (exit code 1). A message is one sentence or two: what was expected, what was
found, what to do.
"""


class StorybenchError(Exception):
    """Base of every error a user can cause."""

    exit_code = 2


class InputError(StorybenchError):
    """A file, folder or option is not what was expected."""


class RawDataError(InputError):
    """A raw release has a broken or surprising file."""


class PredictionError(InputError):
    """Predictions are incomplete, undecodable, the wrong size, or belong to other stories."""


class UnknownNameError(StorybenchError):
    """No part of that name is installed."""


class LossError(StorybenchError):
    """The work finished, but more was dropped than `--max-drops` allows."""

    exit_code = 3


class MissingError(StorybenchError):
    """Something needed is not there: raw data, weights, or an optional dependency."""

    exit_code = 4


class NoSpaceError(MissingError):
    """The disk is full; what was finished is kept."""


class VerificationError(StorybenchError):
    """A hash, an offset or a recomputed number does not match."""

    exit_code = 5
