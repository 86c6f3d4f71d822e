"""Keeps messages out of cells that no reader can act on.

Only messages that are known and harmless are dropped, each named here with the reason; everything else shows.
"""

import logging
import os
import re
import warnings

_HARMLESS = re.compile(
    "|".join(
        (
            # Beam, on import; google-crc32c, which this package brings, does the work.
            r"crcmod package not found\. This package is required if",
            # TFT initialises vocabulary tables in the graph that it traces; that is how it works.
            r"Tables initialized inside a tf\.function",
            # TFT, of analysers that are traced again in the same order each time.
            r"Analyzer \(.*\) node's cache key varies on repeated tracing",
            # TFMA and tfx-bsl, of their own use of TensorFlow.
            r"SavedModel saved prior to TF 2\.5 detected when loading Keras model",
            r"From .*(tfx_bsl|tensorflow_model_analysis|tensorflow_transform).* is deprecated",
        )
    )
)


class _Harmless(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        """Lets everything pass that is not known to be harmless."""
        return not _HARMLESS.match(record.getMessage())


_FILTER = _Harmless()


def quiet() -> None:
    """Quietens the libraries; what the user has set stays."""
    # TensorFlow's C++ side reports CUDA libraries that it registers twice, as errors, on every import.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    for name in (None, "absl", "tensorflow"):
        logger = logging.getLogger(name)
        if _FILTER not in logger.filters:
            logger.addFilter(_FILTER)
    # Google's clients, which Beam imports, warn of the end of Python versions years ahead.
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"google\.api_core")
