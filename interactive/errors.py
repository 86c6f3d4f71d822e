"""The errors that this package raises on purpose.

Each message says what was expected, what was found and how to mend it. Every class also derives from
the built-in exception that a caller of the TFX v1 API would catch.
"""


class CellwiseError(Exception):
    """Base class of every error that cellwise raises on purpose."""


class SpecError(CellwiseError, TypeError, ValueError):
    """A component was given a wrong, missing or unknown argument."""


class ArtifactError(CellwiseError, ValueError):
    """An artifact, its type or its properties do not fit together."""


class CaptureError(CellwiseError, ValueError):
    """User code cannot be turned into a module of its own."""


class StoreError(CellwiseError, RuntimeError):
    """The metadata store is missing, unreadable or disagrees with the code."""


class InputError(CellwiseError, ValueError):
    """Data or a configuration given by the user cannot be used."""


class ExecutionError(CellwiseError, RuntimeError):
    """An executor failed; the original exception is the cause."""
