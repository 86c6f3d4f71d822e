"""cellwise: machine-learning pipelines in a notebook, one cell at a time.

    from interactive import InteractiveContext
    import interactive as tfx

Importing this package loads nothing heavy: every name below comes with its module on first use.
"""

import os

from interactive._lazy import lazy_attributes
from interactive.version import __version__

# TensorFlow Transform sets this when it is imported, if nobody has: from then on `tf.keras` is Keras 2. Set
# here, `tf.keras` means the same before and after that import. Keras 3 is `import keras`, whatever this says.
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

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
