"""Where a model lies in a Model artifact."""

from pathlib import Path

from interactive.errors import InputError

SERVING = "Format-Serving"
EVAL = "Format-TFMA"


def serving_path(model_uri: str) -> str:
    """The folder of the model for serving.

    Args:
      model_uri: A Model artifact's URI.

    Returns:
      ``<uri>/Format-Serving``.

    Raises:
      InputError: It is missing.
    """
    path = Path(model_uri, SERVING)
    if not path.is_dir():
        raise InputError(
            f"There is no {SERVING}/ in the model {model_uri}. run_fn must save its model to "
            "fn_args.serving_model_dir."
        )
    return str(path)


def eval_path(model_uri: str) -> str:
    """The folder of the model for evaluation: ``Format-TFMA`` where there is one, else that for serving."""
    path = Path(model_uri, EVAL)
    return str(path) if path.is_dir() and any(path.iterdir()) else serving_path(model_uri)
