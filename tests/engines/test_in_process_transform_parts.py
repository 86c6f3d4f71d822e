"""The parts of Transform in process: vocabularies, groups by key, cache files, decoded examples."""

import hashlib
import itertools
import types
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactive.engines import tft_cache, tft_inputs
from interactive.engines.in_process import tft_cache_files, tft_operations, tft_vocabulary
from interactive.engines.in_process.tft_internals import find
from interactive.engines.tft_raw import RawExamples
from tests.engines import transform_cases

# Transform itself writes counts beside UTF-8 only.
LETTERS = st.characters(exclude_characters="\n", exclude_categories=["Cs"])
TOKENS = st.text(LETTERS, min_size=1, max_size=4).map(str.encode)
COUNTS = st.dictionaries(TOKENS, st.integers(1, 6), max_size=12)
PRUNE = {
    "top_k": None,
    "frequency_threshold": 0,
    "informativeness_threshold": float("-inf"),
    "coverage_top_k": None,
    "coverage_frequency_threshold": 0,
    "coverage_informativeness_threshold": float("-inf"),
    "key_fn": None,
    "input_dtype": "string",
}
WRITE = {
    "vocab_filename": "words",
    "store_frequency": False,
    "input_dtype": "string",
    "fingerprint_shuffle": False,
    "file_format": "text",
    "input_is_sorted": False,
}


def operation(defaults, **changes):
    return types.SimpleNamespace(**{**defaults, **changes})


def pairs_of(counts):
    return [(number, token) for token, number in counts.items()]


@given(
    COUNTS,
    st.booleans(),
    st.booleans(),
    st.one_of(st.none(), st.lists(TOKENS, unique=True, max_size=3)),
)
def test_the_order_of_a_vocabulary_is_that_of_transforms_own_function(
    tmp_path_factory, counts, frequency, shuffle, reserved
):
    from tensorflow_transform.beam import analyzer_impls

    sort = {"key": lambda pair: hashlib.sha1(pair[1]).digest()} if shuffle else {"reverse": True}
    own = analyzer_impls._OrderElementsFn(frequency, sort, "string")
    tokens = None if reserved is None else [np.array(reserved, dtype=object)]
    expected = list(own.process(None, [pairs_of(counts)], tokens))
    (path,) = tft_vocabulary.order_and_write(
        operation(WRITE, store_frequency=frequency, fingerprint_shuffle=shuffle),
        pairs_of(counts),
        None if reserved is None else np.array(reserved, dtype=object),
        str(tmp_path_factory.mktemp("words")),
        find(),
    )
    assert Path(path.item()).read_bytes() == b"".join(line + b"\n" for line in expected)


@given(COUNTS, st.integers(0, 6), st.integers(0, 8))
def test_pruning_keeps_the_largest_above_the_threshold(counts, threshold, top_k):
    pairs = pairs_of(counts)
    kept = tft_vocabulary.prune(operation(PRUNE, frequency_threshold=threshold, top_k=top_k), pairs, find())
    above = sorted((pair for pair in pairs if pair[0] >= threshold), reverse=True)[:top_k]
    assert kept == (above or [(1, b"49d0cd50-04bb-48c0-bc6f-5b575dce351a")])


@pytest.mark.parametrize("name", ["top_k", "frequency_threshold", "coverage_top_k"])
def test_negative_thresholds(name):
    with pytest.raises(ValueError, match=f"vocabulary's {name} should be 0 or more"):
        tft_vocabulary.prune(operation(PRUNE, **{name: -1}), [], find())


def test_an_unknown_file_format(tmp_path):
    with pytest.raises(ValueError, match="text or tfrecord_gzip, got 'csv'"):
        tft_vocabulary.order_and_write(operation(WRITE, file_format="csv"), [], None, str(tmp_path), find())


@given(st.lists(st.tuples(st.sampled_from([b"a", b"b", b"\xff"]), st.integers(-5, 5)), max_size=20))
def test_groups_by_key_are_the_rows_of_transforms_own_function(rows):
    keys = np.array([key for key, _ in rows], dtype=object)
    values = np.array([value for _, value in rows], dtype=np.float32)
    expected = {}
    for key, (value,) in find().split_inputs_by_key((keys, values)):
        expected.setdefault(key, []).append(value)
    found = {key: list(group) for key, (group,) in tft_operations._groups((keys, values))}
    assert found == expected


def test_what_does_not_fit_together_is_left_to_transforms_own_check():
    keys = np.array([b"a", b"b"], dtype=object)
    assert tft_operations._fits((keys, np.zeros(2)))
    for wrong in ((keys.reshape(1, 2), np.zeros(1)), (keys, np.zeros(3)), (keys, np.float32(1.0))):
        assert not tft_operations._fits(wrong)
        with pytest.raises((ValueError, IndexError)):
            list(find().split_inputs_by_key(wrong))


def test_cache_entries_are_added_to_those_that_are_there(tmp_path):
    folder = tmp_path / "data-1"
    tft_cache_files.write(folder, {b"one": [b"[1]"], b"two": [b"[2]", b"[3]"]}, b"metadata")
    tft_cache_files.write(folder, {b"three": []}, b"metadata")
    tft_cache_files.write(folder, {b"four": [b"[4]"]}, b"metadata")
    assert tft_cache.read_manifest(folder / "MANIFEST") == {b"one": 0, b"two": 1, b"three": 2, b"four": 3}
    found = tft_cache.read(str(tmp_path), ["data-1"], {b"one", b"two", b"three", b"four"})
    entries = {b"one": (b"[1]",), b"two": (b"[2]", b"[3]"), b"four": (b"[4]",)}
    assert dict(found["data-1"].entries) == entries


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    root = tmp_path_factory.mktemp("examples")
    (root / "schema.pbtxt").write_text(transform_cases.schema())
    folder = transform_cases.write(root / "Split-train", transform_cases.rows(50, 3))
    files = tft_inputs.record_files([folder], "train")
    return tft_inputs.load_schema(str(root / "schema.pbtxt")), files


def test_only_the_columns_of_the_used_tensors_are_decoded(examples):
    schema, files = examples
    raw = RawExamples(schema, ["pairs", "ragged", "word"], keep=False)
    (batch,) = raw.batches(files)
    assert set(batch.schema.names) == {"idx", "val", "ragged_values", "word"}
    tensors = raw.select(["pairs", "word"]).tensors(batch)
    assert set(tensors) == {"pairs", "word"}
    assert tensors["pairs"].dense_shape.numpy().tolist() == [50, 6]
    (everything,) = RawExamples(schema, [], keep=False).batches(files)
    assert "tokens" in everything.schema.names


def test_kept_examples_are_decoded_once(examples):
    schema, files = examples
    kept, fresh = (RawExamples(schema, ["x"], keep) for keep in (True, False))
    assert next(iter(kept.batches(files))) is next(iter(kept.batches(files)))
    assert next(iter(fresh.batches(files))) is not next(iter(fresh.batches(files)))


@pytest.mark.parametrize("rows", [1, 7, 50, 8192])
def test_batches_come_in_the_order_of_the_records(examples, rows):
    schema, files = examples
    wanted = [row["x"] for row in transform_cases.rows(50, 3)]
    batches = list(tft_inputs.record_batches(files * 2, schema, rows))
    assert all(batch.num_rows <= rows for batch in batches)
    found = itertools.chain.from_iterable(
        batch.column(batch.schema.get_field_index("x")).to_pylist() for batch in batches
    )
    assert list(found) == [pytest.approx(value, rel=1e-6) for value in wanted * 2]
