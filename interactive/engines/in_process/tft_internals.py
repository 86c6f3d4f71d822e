"""The functions of TensorFlow Transform that an analysis in process is built from.

Most of them are not part of its public API, so a later version may move, rename or change one. They are
looked up by name, and their arguments are compared with those used here, before any work begins: where
something does not fit, the analysis goes to Beam.
"""

import functools
import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_ROOT = "tensorflow_transform"


class MissingInternalError(Exception):
    """This version of TensorFlow Transform lacks something; the message names it."""


@dataclass(frozen=True)
class Internals:
    """TensorFlow Transform's own functions and classes, by what they are used for here."""

    nodes: Any
    tensor_replacements: str
    build_graph: Callable[..., Any]
    analyzers_fingerprint: Callable[..., Any]
    get_asset_annotations: Callable[..., Any]
    clear_asset_annotations: Callable[..., Any]
    graph_context: Callable[..., Any]
    traced_transform_fn: Callable[..., Any]
    write_saved_model: Callable[..., Any]
    metadata_dir: str
    object_tracker: Callable[..., Any]
    object_tracker_scope: Callable[..., Any]
    structured_inputs: Callable[..., Any]
    supply_missing_inputs: Callable[..., Any]
    saved_model_loader: Callable[..., Any]
    dataset_key: Callable[..., Any]
    dataset_cache: Callable[..., Any]
    dataset_cache_metadata: Callable[..., Any]
    split_inputs_by_key: Callable[..., Any]
    merge_outputs_by_key: Callable[..., Any]
    join_boundary_rows: Callable[..., Any]
    quantiles_combiner: type
    vocab_ordering: Any
    flatten_weights: Callable[..., Any]
    flatten_labeled_weights: Callable[..., Any]
    flatten_to_means: Callable[..., Any]
    sum_labeled_weights: Callable[..., Any]
    weighted_mean_combine_fn: Callable[..., Any]
    mutual_information: Callable[..., Any]
    recommended_min_diff: Callable[..., Any]
    sentinels: tuple[Any, Any]
    empty_vocabulary_dummy: Callable[..., Any]
    count_and_token: Callable[..., Any]
    fetch_vocabulary_reserved_tokens: Callable[..., Any]


@functools.cache
def find() -> Internals:
    """Looks everything up.

    Returns:
      The functions, found once in a process.

    Raises:
      MissingInternalError: Something is missing, or takes other arguments.
    """
    impls = "beam.analyzer_impls"
    return Internals(
        nodes=_get("nodes"),
        tensor_replacements=_get("analyzer_nodes", "TENSOR_REPLACEMENTS"),
        build_graph=_get("beam.analysis_graph_builder", "build", "graph input_signature output_signature"),
        analyzers_fingerprint=_get("graph_tools", "get_analyzers_fingerprint", "graph structured_inputs"),
        get_asset_annotations=_get("annotators", "get_asset_annotations", "graph"),
        clear_asset_annotations=_get("annotators", "clear_asset_annotations", "graph"),
        graph_context=_get(
            "graph_context", "TFGraphContext", "module_to_export temp_dir evaluated_replacements"
        ),
        traced_transform_fn=_get(
            "impl_helper",
            "get_traced_transform_fn",
            "preprocessing_fn input_signature tf_graph_context output_keys_to_name_map",
        ),
        write_saved_model=_get(
            "impl_helper",
            "trace_and_write_v2_saved_model",
            "saved_model_dir preprocessing_fn input_signature base_temp_dir baseline_analyzers_fingerprint "
            "tensor_replacement_map output_keys_to_name_map save_options",
        ),
        metadata_dir=_get("impl_helper", "METADATA_DIR_NAME"),
        object_tracker=_get("annotators", "ObjectTracker"),
        object_tracker_scope=_get("annotators", "object_tracker_scope"),
        structured_inputs=_get("tf2_utils", "get_structured_inputs_from_func_graph"),
        supply_missing_inputs=_get(
            "tf2_utils", "supply_missing_inputs", "structured_inputs batch_size missing_keys"
        ),
        saved_model_loader=_get("saved.saved_transform_io_v2", "SavedModelLoader", "saved_model_dir"),
        dataset_key=_get("beam.analyzer_cache", "DatasetKey"),
        dataset_cache=_get("beam.analyzer_cache", "DatasetCache"),
        dataset_cache_metadata=_get("beam.analyzer_cache", "DatasetCacheMetadata"),
        split_inputs_by_key=_get(impls, "_split_inputs_by_key", "batch_values"),
        merge_outputs_by_key=_get(impls, "_merge_outputs_by_key", "keys_and_outputs outputs_dtype"),
        join_boundary_rows=_get(impls, "_join_boundary_rows", "boundary_matrix"),
        quantiles_combiner=_get("analyzers", "QuantilesCombiner"),
        vocab_ordering=_get(impls, "_VocabOrderingType"),
        flatten_weights=_get(impls, "_flatten_value_and_weights_to_list_of_tuples", "batch_values"),
        flatten_labeled_weights=_get(
            impls, "_flatten_value_and_labeled_weights_to_list_of_tuples", "batch_values"
        ),
        flatten_to_means=_get(
            impls, "_flatten_to_key_and_means_accumulator_list", "batch_values compute_weighted"
        ),
        sum_labeled_weights=_get(impls, "sum_labeled_weights", "accs"),
        weighted_mean_combine_fn=_get(impls, "_WeightedMeanCombineFn", "output_shape compute_weighted"),
        mutual_information=_get(
            impls,
            "_calculate_mutual_information_for_feature_value",
            "feature_and_accumulator global_accumulator use_adjusted_mutual_info min_diff_from_avg",
        ),
        recommended_min_diff=_get("analyzers", "calculate_recommended_min_diff_from_avg"),
        sentinels=(
            _get("tf_utils", "GLOBAL_Y_COUNT_SENTINEL_STRING"),
            _get("tf_utils", "GLOBAL_Y_COUNT_SENTINEL_INT"),
        ),
        # The name has this spelling in TensorFlow Transform.
        empty_vocabulary_dummy=_get("analyzers", "get_empy_vocabulary_dummy_value", "dtype"),
        count_and_token=_get(impls, "_count_and_token_to_bytes", "count token"),
        fetch_vocabulary_reserved_tokens=_get("tf_utils", "fetch_vocabulary_reserved_tokens", "graph name"),
    )


def _get(module: str, name: str | None = None, arguments: str = "") -> Any:
    """Finds a module, or a name in it that takes at least the given arguments, in this order."""
    path = f"{_ROOT}.{module}"
    try:
        found = importlib.import_module(path)
        if name is None:
            return found
        found = getattr(found, name)
    except (ImportError, AttributeError) as error:
        raise MissingInternalError(f"{path}{'.' + name if name else ''} is missing") from error
    wanted = arguments.split()
    if wanted:
        taken = list(inspect.signature(found).parameters)
        if taken[: len(wanted)] != wanted:
            raise MissingInternalError(f"{path}.{name} takes other arguments: {', '.join(taken)}")
    return found
