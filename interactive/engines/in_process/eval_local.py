"""Applies simple Beam transforms to a list, in this thread, without a Beam pipeline.

TFMA's extractors are transforms made of ``Map``, ``FlatMap`` and ``ParDo``. These say all that is needed to
apply them to a list one after the other, so the very code that runs on Beam runs here.
"""

import inspect
from collections.abc import Iterable
from typing import Any


class NotCoveredError(Exception):
    """Something that cannot be evaluated in process; the message names it, for a note."""


class LocalCollection:
    """A list that can stand where a transform expects a ``PCollection``.

    Attributes:
      elements: What it holds.
    """

    def __init__(self, elements: Iterable[Any]) -> None:
        self.elements = list(elements)

    def __or__(self, transform: Any) -> "LocalCollection":
        """Applies a transform.

        Raises:
          NotCoveredError: The transform is not made of element-wise functions only.
        """
        import apache_beam as beam

        inner = getattr(transform, "transform", None)
        if isinstance(inner, beam.PTransform):
            # `"label" >> transform` wraps it.
            return self.__or__(inner)
        if isinstance(transform, beam.ParDo):
            return self._par_do(transform)
        if not isinstance(transform, beam.PTransform):
            raise NotCoveredError(f"the step {transform!r}")
        result = transform.expand(self)
        if not isinstance(result, LocalCollection):
            raise NotCoveredError(f"the step {type(transform).__name__}")
        return result

    def __getattr__(self, name: str) -> Any:
        """Refuses what only a real pipeline has, such as ``windowing``."""
        if name.startswith("__"):
            raise AttributeError(name)
        raise NotCoveredError(f"a step that needs a Beam pipeline for its {name}")

    def _par_do(self, transform: Any) -> "LocalCollection":
        import apache_beam as beam

        function = transform.fn
        extra = (*transform.args, *transform.kwargs.values())
        if any(isinstance(value, beam.pvalue.AsSideInput) for value in extra):
            raise NotCoveredError("a step with side inputs")
        defaults = (p.default for p in inspect.signature(function.process).parameters.values())
        if any(isinstance(value, type(beam.DoFn.ElementParam)) for value in defaults):
            raise NotCoveredError("a step that asks for windows, times or states")
        made: list[Any] = []
        function.setup()
        function.start_bundle()
        for element in self.elements:
            made.extend(function.process(element, *transform.args, **transform.kwargs) or ())
        if function.finish_bundle() is not None:
            raise NotCoveredError("a step that gives elements when a bundle ends")
        function.teardown()
        return LocalCollection(made)
