"""From record files to TFMA's extracts: features, labels, weights and predictions of large batches."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from interactive.engines import tft_inputs
from interactive.engines.api import EvaluationRequest
from interactive.engines.in_process.eval_local import LocalCollection, NotCoveredError


@dataclass(frozen=True)
class Extracts:
    """What metrics are computed from.

    Attributes:
      batches: Extracts with a batch dimension; empty where ``rows`` is given.
      rows: Extracts of one example each with their slice keys, where extractors of the user's own made
        them; else None, and ``eval_slices`` finds the slice keys of the batches.
    """

    batches: Sequence[Mapping[str, Any]]
    rows: Sequence[Mapping[str, Any]] | None = None


def extract(request: EvaluationRequest, config: Any, shared: Any, files: Sequence[str]) -> Extracts:
    """Runs the extractors, up to the one that finds slice keys.

    Args:
      request: The evaluation's request, for the schema and the user's extractors.
      config: The completed ``tfma.EvalConfig``.
      shared: One ``EvalSharedModel``, or a list of two.
      files: Record files.

    Returns:
      The extracts of all examples.

    Raises:
      NotCoveredError: The extractors need Beam.
      InputError: The examples cannot be read.
    """
    import tensorflow_model_analysis as tfma
    from tensorflow_model_analysis import constants
    from tensorflow_model_analysis.api import model_eval_lib
    from tensorflow_model_analysis.extractors import slice_key_extractor, unbatch_extractor

    if not model_eval_lib.is_batched_input(shared, config, 2):
        raise NotCoveredError("a model saved for TFMA's own evaluation graph")
    if any(spec.slice_keys_sql for spec in config.slicing_specs):
        raise NotCoveredError("slices written in SQL")
    schema = None if request.schema_path is None else tft_inputs.load_schema(request.schema_path)
    adapter = adapter_config(files, schema)
    custom = getattr(request.user_module, "custom_extractors", None)
    make = custom or tfma.default_extractors
    extractors = make(eval_shared_model=shared, eval_config=config, tensor_adapter_config=adapter)
    if slice_key_extractor.SLICE_KEY_EXTRACTOR_STAGE_NAME not in {item.stage_name for item in extractors}:
        raise NotCoveredError("extractors that find no slice keys")
    current = LocalCollection(
        {constants.ARROW_RECORD_BATCH_KEY: batch} for batch in _record_batches(files, schema)
    )
    for extractor in extractors:
        if custom is None and extractor.stage_name == unbatch_extractor.UNBATCH_EXTRACTOR_STAGE_NAME:
            return Extracts(current.elements)
        current = current | extractor.stage_name >> extractor.ptransform
        if extractor.stage_name == slice_key_extractor.SLICE_KEY_EXTRACTOR_STAGE_NAME:
            break
    return Extracts((), current.elements)


def adapter_config(files: Sequence[str], schema: Any) -> Any:
    """Says how TFMA makes tensors of the examples; None without a schema, and it then looks at the data."""
    if schema is None:
        return None
    from tensorflow_model_analysis import constants
    from tfx_bsl.tfxio import tensor_adapter, tf_example_record

    tfxio = tf_example_record.TFExampleRecord(
        list(files), schema=schema, raw_record_column_name=constants.ARROW_INPUT_COLUMN
    )
    return tensor_adapter.TensorAdapterConfig(
        arrow_schema=tfxio.ArrowSchema(), tensor_representations=tfxio.TensorRepresentations()
    )


def _record_batches(files: Sequence[str], schema: Any) -> Iterator[Any]:
    """Decodes examples and keeps the records themselves, which serving signatures take, beside them."""
    import numpy as np
    import pyarrow as pa
    from tensorflow_model_analysis import constants
    from tfx_bsl.coders import example_coder

    decoder = example_coder.ExamplesToRecordBatchDecoder(
        None if schema is None else schema.SerializeToString()
    )
    for records in tft_inputs.serialized_batches(files):
        batch = decoder.DecodeBatch(records)
        raw = pa.LargeListArray.from_arrays(
            pa.array(np.arange(len(records) + 1, dtype=np.int64)), pa.array(records, pa.large_binary())
        )
        yield pa.RecordBatch.from_arrays(
            [*batch.columns, raw], [*batch.schema.names, constants.ARROW_INPUT_COLUMN]
        )
