"""Runs TensorFlow Transform's analysis in this process and writes the transform graph.

The graph of operations is the one that TensorFlow Transform itself builds, and the SavedModel is written by
its own functions, so what comes out is what Beam's run gives: the same constants, the same vocabularies, the
same files.
"""

import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from interactive.engines import tft_cache
from interactive.engines.in_process import tft_cache_files, tft_internals
from interactive.engines.in_process.tft_operations import OPERATIONS
from interactive.engines.in_process.tft_steps import NotCoveredError, Surroundings, Values
from interactive.engines.tft_job import TransformJob

# Applies the analysed part of a graph to one batch.
_Model = Callable[[Any], dict[str, Any]]


def analyze(job: TransformJob, temp_dir: str) -> list[str]:
    """Analyses a job's examples; writes ``transform_fn`` and ``transformed_metadata``.

    Args:
      job: The request, not analysed before.
      temp_dir: The folder that the job was traced with, in the file system of the request's ``graph_dir``.

    Returns:
      Notes for the report.

    Raises:
      NotCoveredError: The analysis needs Beam. Nothing was written.
      InputError: The examples cannot be used.
    """
    try:
        tft = tft_internals.find()
    except tft_internals.MissingInternalError as error:
        raise NotCoveredError(f"this version of TensorFlow Transform: {error}") from error
    with _Analysis(job, tft, temp_dir) as analysis:
        return analysis.run()


class _Analysis:
    """One run of an analysis graph."""

    def __init__(self, job: TransformJob, tft: tft_internals.Internals, temp_dir: str) -> None:
        import tensorflow as tf

        self._job = job
        self._tft = tft
        self._temp_dir = temp_dir
        self._graph = job.trace.graph
        if self._graph.get_collection(tf.compat.v1.GraphKeys.TRAINABLE_VARIABLES):
            raise NotCoveredError("a preprocessing_fn with trainable variables")
        self._selection = job.raw.select(job.columns.analyze)
        self._session = tf.compat.v1.Session(graph=self._graph)
        self._fingerprint = tft.analyzers_fingerprint(self._graph, job.trace.inputs)
        self._sinks = {sink.tensor.name for sink in self._graph.get_collection(tft.tensor_replacements)}
        # Needed by a model that is about to be written, and to be gone from the graph when it is.
        self._asset_map = tft.get_asset_annotations(self._graph)
        tft.clear_asset_annotations(self._graph)
        self._files: dict[Any, list[str]] = {}
        self._final: Any = None
        self._models = 0

    def __enter__(self) -> "_Analysis":
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def run(self) -> list[str]:
        """Analyses, and writes what the request asks for."""
        request = self._job.request
        with_cache = request.analyzer_cache_in is not None or request.analyzer_cache_out is not None
        if with_cache:
            names = tft_cache.dataset_names(request.analyze)
            self._files = {self._tft.dataset_key(name): files for name, files in names.items()}
        known = self._read_cache()
        (root, cache_nodes), needed = self._build(known if with_cache else None)
        self._final = root.parent_operation.operation_def
        around = Surroundings(
            tft=self._tft,
            graph=self._graph,
            temp_dir=self._temp_dir,
            cache={
                (dataset.key, entry): values
                for dataset, cached in known.items()
                for entry, values in cached.items()
            },
            make_model=self._make_model,
            batches=self._batches,
        )
        traverser = OPERATIONS.runner(around)
        (folder,) = traverser.visit_value_node(root)
        if request.analyzer_cache_out is not None:
            entries = {
                dataset: {key: traverser.visit_value_node(node) for key, node in nodes.items()}
                for dataset, nodes in (cache_nodes or {}).items()
            }
            self._write_cache(request.analyzer_cache_out, entries)
        self._publish(Path(folder))
        if request.analyzer_cache_in is None:
            return []
        covered = len(self._files) - len(needed)
        return [f"The analyzer cache covered {covered} of {len(self._files)} analysed folders."]

    def _build(self, known: Mapping[Any, Any] | None) -> tuple[tuple[Any, Any], set[Any]]:
        """Builds the graph of operations and checks it.

        Returns:
          The SavedModel's node with the nodes of new cache entries, and the data sets that have to be read.
        """
        sinks = list(self._graph.get_collection(self._tft.tensor_replacements))
        root, cache_nodes, _ = self._tft.build_graph(
            self._graph, self._job.trace.inputs, self._job.trace.outputs, self._files.keys(), known
        )
        # Building takes the analyzers out of the graph's collection; the cache needs it to be built twice.
        for sink in sinks:
            self._graph.add_to_collection(self._tft.tensor_replacements, sink)
        read: set[Any] = set()
        checker = OPERATIONS.checker(self._tft, read)
        for node in (root, *(n for nodes in (cache_nodes or {}).values() for n in nodes.values())):
            checker.visit_value_node(node)
        if any(key.is_flattened_dataset_key() for key in read):
            read = set(self._files)
        return (root, cache_nodes), read

    def _read_cache(self) -> dict[Any, Any]:
        folder = self._job.request.analyzer_cache_in
        if folder is None:
            return {}
        (_, cache_nodes), _ = self._build({})
        wanted = {entry for nodes in (cache_nodes or {}).values() for entry in nodes}
        by_name = {dataset.key: dataset for dataset in self._files}
        found = tft_cache.read(folder, list(by_name), wanted)
        return {
            by_name[name]: self._tft.dataset_cache(dict(cached.entries), None)
            for name, cached in found.items()
        }

    def _write_cache(self, out: str, entries: Mapping[Any, Mapping[bytes, Values]]) -> None:
        Path(out).mkdir(parents=True, exist_ok=True)
        for dataset, files in self._files.items():
            if self._job.request.analyzer_cache_in is not None:
                tft_cache.copy_folder(self._job.request.analyzer_cache_in, out, dataset.key)
            if entries.get(dataset):
                size = sum(batch.nbytes for batch in self._job.raw.batches(files))
                metadata = self._tft.dataset_cache_metadata(size).encode()
                tft_cache_files.write(Path(out) / dataset.key, entries[dataset], metadata)

    def _batches(self, dataset: Any) -> Iterable[Any]:
        if dataset.is_flattened_dataset_key():
            return self._job.raw.batches(self._job.all_analyze_files)
        return self._job.raw.batches(self._files[dataset])

    def _make_model(self, operation: Any, bindings: Values) -> Any:
        if operation is self._final:
            return self._write_model(operation, bindings)
        model = self._session_model(operation, bindings)
        return model if model is not None else self._saved_model(operation, bindings)

    def _session_model(self, operation: Any, bindings: Values) -> _Model | None:
        """Runs one phase straight from the traced graph, with the results of earlier ones fed.

        Returns:
          None where the phase uses tables or variables, which only a SavedModel sets up.
        """
        fetches = dict(operation.output_signature)
        fed = {binding.tensor_name: value for binding, value in bindings}
        if not _is_plain([tensor.op for tensor in fetches.values()], set(fed), self._graph):
            return None
        # By name, because neither tensors nor composite tensors can be keys.
        results = {name: value for name, value in fed.items() if name in self._sinks}
        names = {
            feature: [part.name for part in _parts(self._job.trace.inputs[feature])]
            for feature in self._selection.tensor_names
        }

        def apply(batch: Any) -> dict[str, Any]:
            feeds = dict(results)
            for feature, value in self._selection.tensors(batch).items():
                for name, part in zip(names[feature], _parts(value), strict=True):
                    feeds[name] = part.numpy()
            values: dict[str, Any] = self._session.run(fetches, feeds)
            return values

        return apply

    def _saved_model(self, operation: Any, bindings: Values) -> _Model:
        import numpy as np
        import tensorflow as tf

        loader = self._tft.saved_model_loader(self._write_model(operation, bindings))
        loader.finalize(self._selection.tensor_names, loader.structured_outputs.keys())

        def apply(batch: Any) -> dict[str, Any]:
            values = loader.apply_transform_model(self._selection.tensors(batch))
            return {
                name: np.asarray(value) if isinstance(value, tf.Tensor) else value
                for name, value in values.items()
            }

        return apply

    def _write_model(self, operation: Any, bindings: Values) -> str:
        import tensorflow as tf

        self._models += 1
        folder = str(Path(self._temp_dir) / f"model-{self._models}")
        outputs = operation.output_signature
        # The last model has composite tensors, and all outputs; the others name what analyzers need.
        named = all(isinstance(value, tf.Tensor) for value in outputs.values())
        self._tft.write_saved_model(
            folder,
            self._job.preprocessing_fn,
            self._job.type_specs,
            self._temp_dir,
            self._fingerprint,
            {
                binding.tensor_name: tf.constant(value, tf.dtypes.as_dtype(binding.dtype_enum))
                for binding, value in bindings
            },
            {name: value.name for name, value in outputs.items()} if named else {},
            None,
        )
        return folder

    def _publish(self, model: Path) -> None:
        """Moves the last model and its metadata to where ``tft.TFTransformOutput`` looks for them."""
        import tensorflow_transform as tft

        graph_dir = Path(self._job.request.graph_dir)
        graph_dir.mkdir(parents=True, exist_ok=True)
        metadata = model / self._tft.metadata_dir
        if self._asset_map:
            file = metadata / tft.TFTransformOutput.ASSET_MAP
            file.write_text(json.dumps(self._asset_map), encoding="utf-8")
        for source, name in (
            (metadata, tft.TFTransformOutput.TRANSFORMED_METADATA_DIR),
            (model, tft.TFTransformOutput.TRANSFORM_FN_DIR),
        ):
            target = graph_dir / name
            shutil.rmtree(target, ignore_errors=True)
            source.replace(target)


def _parts(tensor: Any) -> list[Any]:
    """The plain tensors of a tensor, a sparse tensor or a ragged tensor."""
    import tensorflow as tf

    parts: list[Any] = tf.nest.flatten(tensor, expand_composites=True)
    return parts


def _is_plain(operations: list[Any], fed: set[str], graph: Any) -> bool:
    """Whether operations can run without tables, variables and captured values.

    Args:
      operations: Where to begin; what they depend on is looked at too.
      fed: Names of tensors whose value is given.
      graph: The traced graph.
    """
    import tensorflow as tf

    captured = {tensor.name for tensor in graph.internal_captures}
    seen: set[str] = set()
    waiting = list(operations)
    while waiting:
        operation = waiting.pop()
        if operation.name in seen:
            continue
        seen.add(operation.name)
        for tensor in (*operation.inputs, *operation.outputs):
            if tensor.dtype in (tf.resource, tf.variant) or tensor.name in captured:
                return False
        waiting.extend(tensor.op for tensor in operation.inputs if tensor.name not in fed)
        waiting.extend(operation.control_inputs)
    return True
