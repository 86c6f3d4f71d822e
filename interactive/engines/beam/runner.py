"""One way to open a Beam pipeline for all data work."""

import contextlib
import difflib
import io
import logging
from collections.abc import Iterator, Sequence
from typing import Any

from interactive.errors import InputError

_LOCAL_RUNNERS = frozenset(
    {
        "directrunner",
        "bundlebaseddirectrunner",
        "switchingdirectrunner",
        "fnapirunner",
        "testdirectrunner",
    }
)


def runner_name(beam_pipeline_args: Sequence[str]) -> str:
    """Returns the runner that an argument list names.

    Args:
      beam_pipeline_args: Flags such as ``--runner=FlinkRunner`` or ``--runner``, ``FlinkRunner``.

    Returns:
      The last runner named, without its module path, or ``"DirectRunner"`` where none is named.
    """
    found = "DirectRunner"
    for position, arg in enumerate(beam_pipeline_args):
        if arg.startswith("--runner="):
            found = arg.removeprefix("--runner=")
        elif arg == "--runner" and position + 1 < len(beam_pipeline_args):
            found = beam_pipeline_args[position + 1]
    return found.rsplit(".", 1)[-1] or "DirectRunner"


def is_local(beam_pipeline_args: Sequence[str]) -> bool:
    """Returns whether the arguments leave the work to a runner inside this Python process."""
    return runner_name(beam_pipeline_args).lower() in _LOCAL_RUNNERS


@contextlib.contextmanager
def pipeline(beam_pipeline_args: Sequence[str] = ()) -> Iterator[Any]:
    """Opens a ``beam.Pipeline``, and runs it when the block ends without an error.

    The caller's ``__main__`` is never pickled, and Beam's own log lines below ERROR are not shown.

    Args:
      beam_pipeline_args: Flags for Beam; without ``--runner`` the work runs in this process.

    Yields:
      The pipeline to add transforms to.

    Raises:
      InputError: The arguments are not a list of flags that Beam understands.
    """
    import apache_beam as beam

    options = pipeline_options(beam_pipeline_args)
    with _quiet_logging():
        try:
            opened = beam.Pipeline(options=options)
        except ValueError as error:
            raise InputError(f"Beam cannot use beam_pipeline_args: {error}") from error
        with opened:
            yield opened


def pipeline_options(beam_pipeline_args: Sequence[str]) -> Any:
    """Turns an argument list into Beam's ``PipelineOptions``.

    Args:
      beam_pipeline_args: Flags for Beam.

    Returns:
      The options, with ``save_main_session`` and ``pipeline_type_check`` off.

    Raises:
      InputError: The arguments are not strings, a value is wrong, or a local run is given a flag that no
        installed part of Beam knows. A remote runner may know more flags, so those pass.
    """
    from apache_beam.options.pipeline_options import (
        PipelineOptions,
        SetupOptions,
        StandardOptions,
        TypeOptions,
    )

    args = _checked(beam_pipeline_args)
    complaint = io.StringIO()
    with _quiet_logging(), contextlib.redirect_stderr(complaint):
        try:
            options = PipelineOptions(args)
            known = options.get_all_options()
            every = options.get_all_options(retain_unknown_options=True)
        except SystemExit as error:
            raise InputError(
                f"Beam cannot use beam_pipeline_args={args}: {_last_line(complaint.getvalue())}"
            ) from error
    unknown = sorted(set(every) - set(known))
    if unknown and is_local(args):
        near = difflib.get_close_matches(unknown[0], known, n=1)
        hint = f" Did you mean --{near[0]}?" if near else ""
        flags = ", ".join(f"--{name}" for name in unknown)
        raise InputError(
            f"beam_pipeline_args has flags that Beam does not know: {flags}.{hint} Expected flags of "
            "Beam's PipelineOptions, such as --direct_num_workers=2; correct or remove them."
        )
    if runner_name(args).lower() == "directrunner":
        # Beam's DirectRunner first tries Prism, a binary that it would fetch from the internet.
        options.view_as(StandardOptions).runner = "FnApiRunner"
    options.view_as(SetupOptions).save_main_session = False
    # Every pipeline here is put together by TFDV, TFT or TFMA. Beam has become stricter than some of their
    # type hints: TFDV 1.16's lift statistics fail this check on Beam 2.72, and run well without it.
    options.view_as(TypeOptions).pipeline_type_check = False
    return options


def _checked(beam_pipeline_args: Sequence[str]) -> list[str]:
    if isinstance(beam_pipeline_args, str) or not all(isinstance(arg, str) for arg in beam_pipeline_args):
        raise InputError(
            "beam_pipeline_args must be a list of strings, such as ['--runner=DirectRunner']; found "
            f"{beam_pipeline_args!r}."
        )
    args = list(beam_pipeline_args)
    for position, arg in enumerate(args):
        after_flag = position > 0 and args[position - 1].startswith("-")
        if not arg.startswith("-") and not after_flag:
            raise InputError(
                f"beam_pipeline_args[{position}] is {arg!r}, which is not a flag. Expected "
                "'--name=value', or '--name' followed by its value."
            )
    return args


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].removeprefix("-: error: ") if lines else "no reason given"


@contextlib.contextmanager
def _quiet_logging() -> Iterator[None]:
    """Raises Beam's logger to ERROR while a pipeline is built and run, then puts it back."""
    logger = logging.getLogger("apache_beam")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
