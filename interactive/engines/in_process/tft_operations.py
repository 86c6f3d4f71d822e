"""The operations of TensorFlow Transform's analysis graph, on values in memory.

TensorFlow Transform describes an analysis as a graph of operations and implements each one with Beam. Here
the same graph runs on lists, and TensorFlow Transform's own combiners do the arithmetic. What is not in the
table is refused before any data is read, so that Beam can do it instead.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from interactive.engines.in_process import tft_vocabulary
from interactive.engines.in_process.tft_steps import Step, Table, Values

OPERATIONS = Table()


# Graphs and tensors.


@OPERATIONS.one("CreateTensorBinding", "tensor_name", "dtype_enum", "is_asset_filepath")
def _create_tensor_binding(step: Step) -> Values:
    (value,) = step.values
    return [(step.operation, value)]


@OPERATIONS.one("CreateSavedModel", "table_initializers", "output_signature")
def _create_saved_model(step: Step) -> Values:
    return [step.around.make_model(step.operation, list(itertools.chain.from_iterable(step.inputs)))]


@OPERATIONS.one("ExtractInputForSavedModel", "dataset_key")
def _extract_input_for_saved_model(step: Step) -> Values:
    # The batches are read where a model is applied, so that none is held twice.
    return [step.operation.dataset_key]


@OPERATIONS.one("ApplySavedModel", "phase")
def _apply_saved_model(step: Step) -> Values:
    (model,), keys = step.inputs
    batches = itertools.chain.from_iterable(step.around.batches(key) for key in keys)
    return [model(batch) for batch in batches]


@OPERATIONS.one("ExtractFromDict", "keys")
def _extract_from_dict(step: Step) -> Values:
    if isinstance(step.operation.keys, tuple):
        return [tuple(values[key] for key in step.operation.keys) for values in step.values]
    return [values[step.operation.keys] for values in step.values]


@OPERATIONS.one("Flatten")
def _flatten(step: Step) -> Values:
    return list(itertools.chain.from_iterable(step.inputs))


@OPERATIONS.one("FlattenLists")
def _flatten_lists(step: Step) -> Values:
    return list(itertools.chain.from_iterable(step.values))


@OPERATIONS.one("AddKey", "key")
def _add_key(step: Step) -> Values:
    return [(step.operation.key, value) for value in step.values]


# Combiners over everything.


def _accumulate(combiner: Any, batches: Iterable[Any]) -> Any:
    accumulator = combiner.create_accumulator()
    for batch in batches:
        accumulator = combiner.add_input(accumulator, batch)
    return combiner.compact(accumulator)


def _merge(combiner: Any, accumulators: Iterable[Any]) -> Any:
    merged = combiner.create_accumulator()
    for accumulator in accumulators:
        # A combiner may have None for "nothing yet"; merge_accumulators is not asked to take it.
        known = [value for value in (merged, accumulator) if value is not None]
        merged = combiner.merge_accumulators(known)
    return combiner.extract_output(merged)


@OPERATIONS.one("CacheableCombineAccumulate", "combiner")
def _cacheable_combine_accumulate(step: Step) -> Values:
    return [_accumulate(step.operation.combiner, step.values)]


@OPERATIONS.one("CacheableCombineMerge", "combiner")
def _cacheable_combine_merge(step: Step) -> Values:
    return [_merge(step.operation.combiner, step.values)]


@OPERATIONS.one("PackedCombineAccumulate", "combiners")
def _packed_combine_accumulate(step: Step) -> Values:
    return [
        {
            packed.label: _accumulate(
                packed.combiner, (tuple(batch[key] for key in packed.keys) for batch in step.values)
            )
            for packed in step.operation.combiners
        }
    ]


@OPERATIONS.one("PackedCombineMerge", "combiners")
def _packed_combine_merge(step: Step) -> Values:
    by_label: dict[str, list[Any]] = {}
    for label, accumulator in step.values:
        by_label.setdefault(label, []).append(accumulator)
    return [
        {
            packed.label: _merge(packed.combiner, by_label.get(packed.keys[0], ()))
            for packed in step.operation.combiners
        }
    ]


@OPERATIONS.many("ExtractPackedCombineMergeOutputs", "output_tensor_info_list")
@OPERATIONS.many("ExtractCombineMergeOutputs", "output_tensor_info_list")
def _extract_combine_merge_outputs(step: Step) -> Sequence[Values]:
    (outputs,) = step.values
    if len(outputs) != step.operation.num_outputs:
        raise ValueError(
            f"An analyzer should give {step.operation.num_outputs} values, its combiner gave {len(outputs)}."
        )
    return [[output] for output in outputs]


# Combiners per key.


@OPERATIONS.one("CacheableCombinePerKeyAccumulate", "combiner")
def _cacheable_combine_per_key_accumulate(step: Step) -> Values:
    combiner, tft = step.operation.combiner, step.around.tft
    # A combiner takes a row's values at a time; quantiles, which come as rows, take any number just as well.
    split = _groups if isinstance(combiner, tft.quantiles_combiner) else tft.split_inputs_by_key
    by_key: dict[Any, Any] = {}
    for batch in step.values:
        # Its own function refuses what does not fit together.
        pairs = split(batch) if _fits(batch) else tft.split_inputs_by_key(batch)
        for key, values in pairs:
            accumulator = by_key.get(key)
            if accumulator is None:
                accumulator = combiner.create_accumulator()
            by_key[key] = combiner.add_input(accumulator, values)
    return [(key, combiner.compact(accumulator)) for key, accumulator in by_key.items()]


def _fits(batch: Sequence[Any]) -> bool:
    keys, *values = batch
    return keys.ndim == 1 and all(array.ndim and len(array) == len(keys) for array in values)


def _groups(batch: Sequence[Any]) -> Iterator[tuple[Any, list[Any]]]:
    """Splits arrays into the rows of each key, which keep their order."""
    import numpy as np

    keys, *values = batch
    if not len(keys):
        return
    names, number, counts = np.unique(keys, return_inverse=True, return_counts=True)
    order = np.argsort(number, kind="stable")
    ends = np.cumsum(counts)
    for name, count, end in zip(names, counts, ends, strict=True):
        yield name, [array[order[end - count : end]] for array in values]


@OPERATIONS.one("CacheableCombinePerKeyMerge", "combiner")
def _cacheable_combine_per_key_merge(step: Step) -> Values:
    by_key: dict[Any, list[Any]] = {}
    for key, accumulator in step.values:
        by_key.setdefault(key, []).append(accumulator)
    return [(key, _merge(step.operation.combiner, accumulators)) for key, accumulators in by_key.items()]


@OPERATIONS.many("CacheableCombinePerKeyFormatKeys", "combiner")
def _cacheable_combine_per_key_format_keys(step: Step) -> Sequence[Values]:
    types = [info.dtype for info in step.operation.combiner.output_tensor_infos()]
    tagged = {output.tag: output.value for output in step.around.tft.merge_outputs_by_key(step.values, types)}
    return [[tagged[tag]] for tag in ("key", *map(str, range(len(types))))]


@OPERATIONS.one("CacheableCombinePerKeyFormatLarge")
def _cacheable_combine_per_key_format_large(step: Step) -> Values:
    import tensorflow as tf

    to_text = tf.compat.as_str_any
    return [(to_text(",".join(map(to_text, values))), key) for key, values in step.values]


@OPERATIONS.many("ScaleAndFlattenPerKeyBucketBouandaries", "output_tensor_dtype")
def _scale_and_flatten_per_key_bucket_bouandaries(step: Step) -> Sequence[Values]:
    (boundaries,) = step.values
    return [[value] for value in step.around.tft.join_boundary_rows(boundaries)]


# Vocabularies.


@OPERATIONS.one("VocabularyAccumulate", "vocab_ordering_type", "input_dtype")
def _vocabulary_accumulate(step: Step) -> Values:
    return tft_vocabulary.accumulate(step.operation, step.values, step.around.tft)


@OPERATIONS.one("VocabularyMerge", "vocab_ordering_type", "use_adjusted_mutual_info", "min_diff_from_avg")
def _vocabulary_merge(step: Step) -> Values:
    return tft_vocabulary.merge(step.operation, step.values, step.around.tft)


@OPERATIONS.one("VocabularyCount")
def _vocabulary_count(step: Step) -> Values:
    return tft_vocabulary.count(step.values)


@OPERATIONS.one(
    "VocabularyPrune",
    "top_k",
    "frequency_threshold",
    "informativeness_threshold",
    "coverage_top_k",
    "coverage_frequency_threshold",
    "coverage_informativeness_threshold",
    "key_fn",
    "input_dtype",
)
def _vocabulary_prune(step: Step) -> Values:
    return tft_vocabulary.prune(step.operation, step.values, step.around.tft)


@OPERATIONS.one("ExtractVocabularyReservedTokens", "name")
def _extract_vocabulary_reserved_tokens(step: Step) -> Values:
    return [step.around.tft.fetch_vocabulary_reserved_tokens(step.around.graph, step.operation.name)]


@OPERATIONS.one(
    "VocabularyOrderAndWrite",
    "vocab_filename",
    "store_frequency",
    "input_dtype",
    "fingerprint_shuffle",
    "file_format",
    "input_is_sorted",
)
def _vocabulary_order_and_write(step: Step) -> Values:
    reserved = None if len(step.inputs) == 1 else step.inputs[1][0]
    return tft_vocabulary.order_and_write(
        step.operation, step.values, reserved, step.around.temp_dir, step.around.tft
    )


# The analyzer cache.


@OPERATIONS.one("EncodeCache", "coder")
def _encode_cache(step: Step) -> Values:
    return [step.operation.coder.encode_cache(value) for value in step.values]


@OPERATIONS.one("DecodeCache", "dataset_key", "cache_key", "coder")
def _decode_cache(step: Step) -> Values:
    encoded = step.around.cache[step.operation.dataset_key.key, step.operation.cache_key]
    return [step.operation.coder.decode_cache(value) for value in encoded]
