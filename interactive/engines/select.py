"""Which engine does a piece of work."""

import difflib
from collections.abc import Sequence

from interactive.engines.api import Engine
from interactive.engines.beam import BeamEngine
from interactive.engines.beam.runner import is_local, runner_name
from interactive.engines.in_process import InProcessEngine
from interactive.engines.memory import available_bytes
from interactive.errors import InputError

ENGINES = ("auto", "in_process", "beam")

# In memory, data is up to eight times its size in files: gzipped examples unpack to that, and CSV cells
# become objects. Half of the free memory is left to the rest of the notebook.
_GROWTH = 8
_SHARE = 0.5


def select_engine(
    requested: str | None,
    *,
    input_bytes: int,
    beam_pipeline_args: Sequence[str] = (),
) -> tuple[Engine, str]:
    """Picks the engine for one request.

    ``"in_process"`` and ``"beam"`` are taken at their word. ``"auto"`` and None mean: Beam when the arguments
    name a runner other than the DirectRunner; else in process while eight times the input's size fits into
    half of the memory that is free; else Beam.

    Args:
      requested: ``"in_process"``, ``"beam"``, ``"auto"`` or None.
      input_bytes: The size of the input files together.
      beam_pipeline_args: Flags for Beam.

    Returns:
      The engine, and one short sentence that says why it was picked.

    Raises:
      InputError: ``requested`` is none of these.
    """
    wanted = requested or "auto"
    if wanted not in ENGINES:
        near = difflib.get_close_matches(str(wanted), ENGINES, n=1, cutoff=0.4)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise InputError(f"unknown engine {wanted!r}; expected one of {', '.join(ENGINES)}.{hint}")
    if wanted == "beam":
        return BeamEngine(beam_pipeline_args), "asked for"
    if wanted == "in_process":
        return InProcessEngine(beam_pipeline_args), "asked for"
    if not is_local(beam_pipeline_args):
        return BeamEngine(beam_pipeline_args), (
            f"beam_pipeline_args name the {runner_name(beam_pipeline_args)}"
        )
    free = available_bytes()
    size = _megabytes(input_bytes)
    if free is None or input_bytes * _GROWTH <= free * _SHARE:
        return InProcessEngine(beam_pipeline_args), f"the input of {size} fits in memory"
    return BeamEngine(beam_pipeline_args), (
        f"the input of {size} may not fit in the {_megabytes(free)} of free memory"
    )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
