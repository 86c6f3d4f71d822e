"""Vocabularies: counting tokens, choosing among them, and writing them in TensorFlow Transform's order."""

import hashlib
import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from interactive.engines.in_process.tft_internals import Internals
from interactive.engines.tfrecord import RecordWriter

Pairs = list[tuple[Any, Any]]


def accumulate(operation: Any, batches: Iterable[Any], tft: Internals) -> Pairs:
    """Counts, weighs or relates to a label each token of one data set.

    Args:
      operation: A ``VocabularyAccumulate``.
      batches: Tuples of arrays: the tokens, and weights or label counts where the ordering needs them.
      tft: TensorFlow Transform's own functions.

    Returns:
      One (token, indicator) pair a token.
    """
    ordering, kinds = operation.vocab_ordering_type, tft.vocab_ordering
    if ordering in (kinds.MUTUAL_INFORMATION, kinds.WEIGHTED_MUTUAL_INFORMATION):
        weighted = ordering == kinds.WEIGHTED_MUTUAL_INFORMATION
        means = itertools.chain.from_iterable(tft.flatten_to_means(batch, weighted) for batch in batches)
        return _combine_means(means, weighted, tft)
    if ordering == kinds.WEIGHTED_FREQUENCY:
        return _sum_by_token(itertools.chain.from_iterable(map(tft.flatten_weights, batches)))
    if ordering == kinds.WEIGHTED_LABELS:
        pairs = itertools.chain.from_iterable(map(tft.flatten_labeled_weights, batches))
        return _by_token(pairs, tft.sum_labeled_weights)
    counts: Counter[Any] = Counter()
    for (tokens,) in batches:
        counts.update(tokens.tolist())
    return list(counts.items())


def merge(operation: Any, pairs: Pairs, tft: Internals) -> Pairs:
    """Merges what ``accumulate`` gave for several data sets.

    Args:
      operation: A ``VocabularyMerge``.
      pairs: (token, indicator) pairs.
      tft: TensorFlow Transform's own functions.

    Returns:
      One (indicator, token) pair a token.
    """
    ordering, kinds = operation.vocab_ordering_type, tft.vocab_ordering
    if ordering in (kinds.MUTUAL_INFORMATION, kinds.WEIGHTED_MUTUAL_INFORMATION):
        merged = _mutual_information(operation, pairs, tft)
    elif ordering == kinds.WEIGHTED_LABELS:
        merged = _by_token(pairs, tft.sum_labeled_weights)
    else:
        merged = _sum_by_token(pairs)
    return [(indicator, token) for token, indicator in merged]


def _sum_by_token(pairs: Iterable[tuple[Any, Any]]) -> Pairs:
    sums: dict[Any, Any] = {}
    for token, value in pairs:
        sums[token] = sums.get(token, 0) + value
    return list(sums.items())


def _by_token(pairs: Iterable[tuple[Any, Any]], combine: Callable[[list[Any]], Any]) -> Pairs:
    groups: dict[Any, list[Any]] = {}
    for token, value in pairs:
        groups.setdefault(token, []).append(value)
    return [(token, combine(values)) for token, values in groups.items()]


def _combine_means(pairs: Iterable[tuple[Any, Any]], weighted: bool, tft: Internals) -> Pairs:
    combiner = tft.weighted_mean_combine_fn(output_shape=(None,), compute_weighted=weighted)
    means: dict[Any, Any] = {}
    for token, value in pairs:
        known = means[token] if token in means else combiner.create_accumulator()
        means[token] = combiner.add_input(known, value)
    return [(token, combiner.extract_output(value)) for token, value in means.items()]


def _mutual_information(operation: Any, pairs: Pairs, tft: Internals) -> Pairs:
    weighted = operation.vocab_ordering_type == tft.vocab_ordering.WEIGHTED_MUTUAL_INFORMATION
    means = dict(_combine_means(pairs, weighted, tft))
    # The whole data set's counts of labels travel under a token of their own.
    totals = [means.pop(token) for token in tft.sentinels if token in means]
    if not means:
        return []
    (total,) = totals
    least = operation.min_diff_from_avg
    if least is None:
        least = tft.recommended_min_diff(total.count * total.weight)
    out: Pairs = []
    for pair in means.items():
        token, (information, _, frequency) = tft.mutual_information(
            pair,
            total,
            use_adjusted_mutual_info=operation.use_adjusted_mutual_info,
            min_diff_from_avg=least,
        )
        out.append((token, (information, frequency)))
    return out


def count(pairs: Pairs) -> list[Any]:
    """Counts tokens; an empty vocabulary counts as one, because it is written with a dummy token."""
    import numpy as np

    return [np.int64(max(len(pairs), 1))]


def prune(operation: Any, pairs: Pairs, tft: Internals) -> Pairs:
    """Leaves out rare tokens, and all but the ``top_k`` first.

    Args:
      operation: A ``VocabularyPrune``.
      pairs: (indicator, token) pairs; an indicator may be a pair of informativeness and frequency.
      tft: TensorFlow Transform's own functions.

    Returns:
      (number, token) pairs, tokens as bytes; with ``top_k`` in descending order.

    Raises:
      ValueError: A threshold is negative.
    """
    for name in ("top_k", "frequency_threshold", "coverage_top_k", "coverage_frequency_threshold"):
        value = getattr(operation, name)
        if value is not None and value < 0:
            raise ValueError(f"A vocabulary's {name} should be 0 or more, or None; got {value}.")
    kept = _above(pairs, operation.frequency_threshold, operation.informativeness_threshold)
    numbers = _numbered(kept, operation.input_dtype)
    if operation.top_k is not None:
        numbers = heapq.nlargest(operation.top_k, numbers)
        if not numbers:
            numbers = [tft.empty_vocabulary_dummy(operation.input_dtype)]
    if not operation.key_fn:
        return numbers
    covered = _numbered(
        _above(pairs, operation.coverage_frequency_threshold, operation.coverage_informativeness_threshold),
        operation.input_dtype,
    )
    if operation.coverage_top_k is not None:
        by_key: dict[Any, Pairs] = {}
        for number, token in covered:
            by_key.setdefault(operation.key_fn(token), []).append((number, token))
        covered = [
            pair for group in by_key.values() for pair in heapq.nlargest(operation.coverage_top_k, group)
        ]
    return list(dict.fromkeys([*numbers, *covered]))


def _above(pairs: Pairs, frequency: Any, informativeness: Any) -> Pairs:
    if not (frequency and frequency > 0) and informativeness == float("-inf"):
        return pairs
    kept: Pairs = []
    for indicator, token in pairs:
        information, times = indicator if isinstance(indicator, tuple) else (float("inf"), indicator)
        if times >= frequency and information >= informativeness:
            kept.append((indicator, token))
    return kept


def _numbered(pairs: Pairs, input_dtype: str) -> Pairs:
    import tensorflow as tf

    flat = [(value[0] if isinstance(value, tuple) else value, token) for value, token in pairs]
    if input_dtype == tf.string.name:
        return flat
    return [(value, tf.compat.as_bytes(tf.compat.as_str_any(token))) for value, token in flat]


def order_and_write(
    operation: Any, pairs: Pairs, reserved: Sequence[bytes] | None, folder: str, tft: Internals
) -> list[Any]:
    """Writes a vocabulary file.

    Args:
      operation: A ``VocabularyOrderAndWrite``.
      pairs: (number, token) pairs.
      reserved: Tokens that come first, whether they are in the data or not.
      folder: Where the file is written, under the vocabulary's own name.
      tft: TensorFlow Transform's own functions.

    Returns:
      The file's path, as a scalar array.
    """
    import numpy as np

    ordered = pairs
    if reserved is not None:
        taken = set(reserved)
        ordered = [pair for pair in ordered if pair[1] not in taken]
    if operation.fingerprint_shuffle:
        # SHA-1 is TensorFlow Transform's choice of order; nothing here rests on its strength.
        ordered = sorted(ordered, key=lambda pair: hashlib.sha1(pair[1], usedforsecurity=False).digest())
    elif reserved is not None or not operation.input_is_sorted:
        ordered = sorted(ordered, reverse=True)
    if reserved is not None:
        ordered = [*((-1, token) for token in reserved), *ordered]
    ordered = ordered or [tft.empty_vocabulary_dummy(operation.input_dtype)]
    lines = (
        (tft.count_and_token(number, token) for number, token in ordered)
        if operation.store_frequency
        else (token for _, token in ordered)
    )
    path = Path(folder) / operation.vocab_filename
    path.parent.mkdir(parents=True, exist_ok=True)
    if operation.file_format == "text":
        with path.open("wb") as file:
            file.writelines(line + b"\n" for line in lines)
    elif operation.file_format == "tfrecord_gzip":
        path = path.with_name(f"{path.name}.tfrecord.gz")
        with RecordWriter(path) as writer:
            writer.write_all(lines)
    else:
        raise ValueError(f"Expected a vocabulary as text or tfrecord_gzip, got {operation.file_format!r}.")
    return [np.array(str(path))]
