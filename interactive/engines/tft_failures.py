"""Says what a person can do about a Transform run that failed."""

import re

from interactive.engines.tft_job import TransformJob

_BEAM_MARKER = "trying to apply the transformation: "
# How TensorFlow describes an operation that failed: where it was made, then its name, then what happened.
_FRAME = re.compile(r'File "([^"]+)", line (\d+), in (\w+)')
_PREAMBLE = re.compile(
    r"\nNode: '[^']*'\n|<stack traces unavailable>\n|Graph execution error:\s+(?!Detected)"
)
# The function of tft_preprocessing that calls the user's.
_CALLER = "checked"


def explain(error: Exception, job: TransformJob) -> str | None:
    """Explains a failed run.

    Args:
      error: What ended it.
      job: The request that was carried out.

    Returns:
      What was expected, what was found and how to mend it; None where only the error itself can tell.
    """
    if "all dimensions must have known size" in str(error):
        return (
            "preprocessing_fn returns a dense tensor whose second dimension is only known with the "
            f"data: {error}. A sparse feature has as many columns as its longest example: make it one "
            "value wide with tf.sparse.to_dense(tf.SparseTensor(x.indices, x.values, "
            "[x.dense_shape[0], 1])), or return the sparse tensor itself."
        )
    return job.missing_values() or _graph_failure(error)


def _graph_failure(error: Exception) -> str | None:
    """Finds the message of an operation that failed on the data, and the user's line that made it."""
    import tensorflow as tf

    text = str(error)
    # Beam's run wraps the error in a dump of the batch.
    if _BEAM_MARKER in text:
        text = text.split(_BEAM_MARKER, 1)[1].split('".\n', 1)[0].strip('" ')
    elif not isinstance(error, tf.errors.OpError):
        return None
    frames = _FRAME.findall(text)
    message = _PREAMBLE.split(text)[-1]
    message = message.split("\n\nOriginal stack trace", 1)[0].split("\n\t [[", 1)[0].strip()
    where = ""
    inner = [number for number, (_, _, name) in enumerate(frames) if name == _CALLER]
    if inner and inner[0] + 1 < len(frames):
        file, line, name = frames[inner[0] + 1]
        where = f" (line {line} of {file}, in {name})"
    return (
        f"preprocessing_fn was traced, but one of its operations fails on the data{where}: {message[:2000]}"
    )
