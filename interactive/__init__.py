"""cellwise: machine-learning pipelines in a notebook, one cell at a time.

    from interactive import InteractiveContext
    import interactive as tfx

Importing this package loads nothing heavy: every name below comes with its module on first use.
"""

from interactive._lazy import lazy_attributes
from interactive.version import __version__

__all__ = [
    "InteractiveContext",
    "__version__",
    "components",
    "dsl",
    "errors",
    "orchestration",
    "proto",
    "types",
    "utils",
]

__getattr__, __dir__ = lazy_attributes(
    __name__,
    {
        "InteractiveContext": "interactive.context:InteractiveContext",
        "__version__": "interactive.version:__version__",
        "components": "interactive.components",
        "dsl": "interactive.dsl",
        "errors": "interactive.errors",
        "orchestration": "interactive.orchestration",
        "proto": "interactive.proto",
        "types": "interactive.types",
        "utils": "interactive.utils",
    },
)
