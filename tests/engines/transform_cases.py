"""Preprocessing functions that use every analyzer of TensorFlow Transform, and examples for them."""

import random
from pathlib import Path

from tests.engines import penguin_records

_DENSE = {
    "x": "FLOAT",
    "n": "INT",
    "word": "BYTES",
    "key": "BYTES",
    "weight": "FLOAT",
    "label": "INT",
    "vector": "FLOAT",
    "text": "BYTES",
}
_VARYING = {"tokens": "BYTES", "numbers": "FLOAT", "ragged_values": "FLOAT", "idx": "INT", "val": "FLOAT"}


def schema() -> str:
    """The examples' schema, with a dense, sparse or ragged tensor for each feature."""
    features, tensors = [], []
    for name, kind in _DENSE.items():
        shape = "dim { size: 3 }" if name == "vector" else ""
        features.append(
            f'feature {{ name: "{name}" type: {kind} presence {{ min_fraction: 1 }} shape {{ {shape} }} }}'
        )
        tensors.append((name, f'dense_tensor {{ column_name: "{name}" shape {{ {shape} }} }}'))
    for name, kind in _VARYING.items():
        features.append(f'feature {{ name: "{name}" type: {kind} }}')
        if name in ("tokens", "numbers"):
            tensors.append((name, f'varlen_sparse_tensor {{ column_name: "{name}" }}'))
    tensors.append(("ragged", 'ragged_tensor { feature_path { step: "ragged_values" } }'))
    columns = 'index_column_names: "idx" value_column_name: "val"'
    tensors.append(("pairs", f"sparse_tensor {{ {columns} dense_shape {{ dim {{ size: 6 }} }} }}"))
    entries = " ".join(
        f'tensor_representation {{ key: "{name}" value {{ {tensor} }} }}' for name, tensor in tensors
    )
    group = f'tensor_representation_group {{ key: "" value {{ {entries} }} }}'
    return "\n".join([*features, group])


_WORDS = ["red", "green", "blue", "dark red", "light-blue", "Grün", "a,b", "", "grey"]


def rows(count: int, seed: int) -> list[dict]:
    """Makes rows; lists are features with any number of values."""
    source = random.Random(seed)
    made = []
    for _ in range(count):
        row = {
            "x": [source.gauss(3.0, 10.0)],
            "n": [source.randrange(-20, 20)],
            "word": [source.choice(_WORDS)],
            "key": [source.choice("abcd")],
            "weight": [source.random() * 2],
            "label": [source.randrange(2)],
            "vector": [source.gauss(0, 1), source.gauss(5, 2), source.random()],
            "text": [" ".join(source.choices(["one", "two", "three", "four"], k=source.randrange(6)))],
            "tokens": source.choices(_WORDS, k=source.randrange(4)),
            "numbers": [source.random() for _ in range(source.randrange(3))],
            "ragged_values": [source.random() for _ in range(source.randrange(4))],
            "idx": sorted(source.sample(range(6), 2)),
            "val": [source.random(), source.random()],
        }
        made.append(row)
    return made


def write(folder: Path, records: list[dict]) -> str:
    """Writes one folder of records and returns it."""
    import tensorflow as tf

    folder.mkdir(parents=True)
    options = tf.io.TFRecordOptions(compression_type="GZIP")
    with tf.io.TFRecordWriter(str(folder / "data_tfrecord-00000-of-00001.gz"), options) as writer:
        for row in records:
            writer.write(example(row).SerializeToString(deterministic=True))
    return str(folder)


def example(row: dict):
    """One ``tf.Example``; a feature without values is absent, or present and empty, by its name."""
    import tensorflow as tf

    made = tf.train.Example()
    for name, values in row.items():
        if not values and name == "tokens":
            continue
        feature = made.features.feature[name]
        if name in ("word", "key", "text", "tokens"):
            feature.bytes_list.value.extend(value.encode() for value in values)
        elif name in ("n", "label", "idx"):
            feature.int64_list.value.extend(values)
        else:
            feature.float_list.value.extend(values)
    return made


def read(folder: str) -> list[dict]:
    """Reads examples as dicts of value lists."""
    made = []
    for one in penguin_records.read(folder):
        row = {}
        for name, feature in one.features.feature.items():
            kind = feature.WhichOneof("kind")
            row[name] = list(getattr(feature, kind).value) if kind else None
        made.append(row)
    return made


def _of(constant, like):
    """A constant for each row."""
    import tensorflow as tf

    return tf.zeros_like(like) + tf.cast(constant, like.dtype)


def moments(inputs):
    import tensorflow as tf
    import tensorflow_transform as tft

    x, n = inputs["x"], tf.cast(inputs["n"], tf.float32)
    out = {
        "mean": _of(tft.mean(x), x),
        "var": _of(tft.var(x), x),
        "min": _of(tft.min(inputs["n"]), x),
        "max": _of(tft.max(x), x),
        "sum": _of(tft.sum(inputs["n"]), x),
        "size": _of(tft.size(x), x),
        "z": tft.scale_to_z_score(n),
        "zero_one": tft.scale_to_0_1(n),
        "min_max": tft.scale_by_min_max(x, -1.0, 1.0),
        "vector_z": tft.scale_to_z_score(inputs["vector"], elementwise=True),
        "sparse_z": tft.scale_to_z_score(inputs["numbers"]),
    }
    mean, variance = tft.mean(x), tft.var(inputs["vector"], reduce_instance_dims=False)
    out["both"] = inputs["vector"] * variance + mean
    return out


def tails(inputs):
    import tensorflow as tf
    import tensorflow_transform as tft

    x, n = inputs["x"], tf.cast(inputs["n"], tf.float32)
    return {
        "gauss": tft.scale_to_gaussian(x),
        "location": _of(tft.tukey_location(n), n),
        "scale": _of(tft.tukey_scale(n), n),
    }


def buckets(inputs):
    import tensorflow_transform as tft

    x = inputs["x"]
    return {
        "bucket": tft.bucketize(x, 5),
        "weighted": tft.bucketize(x, 4, weights=inputs["weight"]),
        "vector": tft.bucketize(inputs["vector"], 3, elementwise=True),
        "quantiles": x - tft.quantiles(x, 4, epsilon=0.01)[0, 1],
        "sparse": tft.bucketize(inputs["numbers"], 3),
        "interpolated": tft.apply_buckets_with_interpolation(x, tft.quantiles(x, 4, epsilon=0.01)),
    }


def vocabularies(inputs):
    import tensorflow_transform as tft

    word, tokens = inputs["word"], inputs["tokens"]
    vocabulary = tft.compute_and_apply_vocabulary
    tft.vocabulary(word, store_frequency=True, vocab_filename="counted")
    tft.vocabulary(word, weights=inputs["weight"], store_frequency=True, vocab_filename="weighed")
    tft.vocabulary(word, vocab_filename="shuffled", fingerprint_shuffle=True)
    return {
        "plain": vocabulary(word, vocab_filename="plain"),
        "oov": vocabulary(word, top_k=3, num_oov_buckets=2, vocab_filename="oov"),
        "frequent": vocabulary(word, frequency_threshold=60, default_value=-7, vocab_filename="frequent"),
        "none": vocabulary(word, frequency_threshold=10_000, vocab_filename="none"),
        "numbers": vocabulary(inputs["n"], top_k=10, vocab_filename="numbers"),
        "tokens": vocabulary(tokens, vocab_filename="tokens"),
        "records": vocabulary(word, file_format="tfrecord_gzip", vocab_filename="records"),
        "reserved": vocabulary(word, reserved_tokens=["<pad>", "red"], vocab_filename="reserved"),
        "covered": vocabulary(
            word, top_k=1, coverage_top_k=1, key_fn=lambda token: token[:1], vocab_filename="covered"
        ),
    }


def information(inputs):
    import tensorflow_transform as tft

    word, label = inputs["word"], inputs["label"]
    tft.vocabulary(word, labels=label, vocab_filename="related", store_frequency=True)
    tft.vocabulary(
        word, labels=label, use_adjusted_mutual_info=True, min_diff_from_avg=0.0, vocab_filename="adjusted"
    )
    tft.vocabulary(word, labels=label, weights=inputs["weight"], vocab_filename="first_five", top_k=5)
    return {"x": inputs["x"]}


def words(inputs):
    import tensorflow as tf
    import tensorflow_transform as tft

    tokens = tf.compat.v1.string_split(inputs["text"])
    ngrams = tft.ngrams(tokens, (1, 2), " ")
    bag = tft.bag_of_words(tokens, (1, 2), " ")
    indices = tft.compute_and_apply_vocabulary(tokens, vocab_filename="terms")
    terms, weights = tft.tfidf(indices, 10)
    return {
        "ngrams": tft.compute_and_apply_vocabulary(ngrams, vocab_filename="ngrams"),
        "bag": tft.compute_and_apply_vocabulary(bag, vocab_filename="bag"),
        "terms": terms,
        "tfidf": weights,
        "hashed": tft.hash_strings(inputs["word"], 100),
        "count": tft.word_count(tokens),
    }


def matrices(inputs):
    import tensorflow as tf
    import tensorflow_transform as tft

    vector = tf.cast(inputs["vector"], tf.float64)
    covariance, components = tft.covariance(vector, tf.float64), tft.pca(vector, 2, tf.float64)
    return {
        "covariance": tf.cast(vector @ covariance, tf.float32),
        "pca": tf.cast(vector @ components, tf.float32),
    }


def per_key(inputs):
    import tensorflow as tf
    import tensorflow_transform as tft

    x, key = inputs["x"], inputs["key"]
    counted = tft.count_per_key(key)
    return {
        "z": tft.scale_to_z_score_per_key(x, key, elementwise=False),
        "zero_one": tft.scale_to_0_1_per_key(x, key, elementwise=False),
        "z_in_file": tft.scale_to_z_score_per_key(x, key, elementwise=False, key_vocabulary_filename="keys"),
        "bucket": tft.bucketize_per_key(x, key, 3),
        "weighted_bucket": tft.bucketize_per_key(x, key, 3, weights=inputs["weight"]),
        "counted": _of(tf.reduce_max(counted[1]), x),
    }


def histograms(inputs):
    import tensorflow as tf
    import tensorflow_transform as tft

    x = inputs["x"]
    counts, edges = tft.histogram(x, boundaries=4)
    word_counts, _ = tft.histogram(inputs["word"], categorical=True)
    return {
        "counts": tf.cast(_of(tf.reduce_max(counts), x), tf.int64),
        "edges": _of(tf.reduce_sum(edges), x),
        "words": tf.cast(_of(tf.reduce_max(word_counts), x), tf.int64),
    }


def shapes(inputs):
    import tensorflow_transform as tft

    ragged, pairs = inputs["ragged"], inputs["pairs"]
    return {
        "ragged": ragged - tft.mean(ragged.flat_values),
        "pairs": tft.scale_to_0_1(pairs),
        "numbers": inputs["numbers"],
        "tokens": inputs["tokens"],
    }


def phases(inputs):
    import tensorflow as tf
    import tensorflow_transform as tft

    centred = inputs["x"] - tft.mean(inputs["x"])
    scaled = centred / tft.max(tf.abs(centred))
    ids = tft.compute_and_apply_vocabulary(inputs["word"], vocab_filename="first")
    # The analysis of the second phase needs the first phase's vocabulary.
    centred_ids = tf.cast(ids, tf.float32) - tft.mean(tf.cast(ids, tf.float32))
    both = tf.strings.join([inputs["key"], tf.strings.as_string(ids)], "-")
    return {
        "scaled": scaled,
        "bucket": tft.bucketize(scaled, 3),
        "ids": centred_ids,
        "both": tft.compute_and_apply_vocabulary(both, vocab_filename="second", top_k=4),
    }


def plain(inputs):
    import tensorflow as tf

    table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2]), -1)
    return {
        "key": tf.cast(table.lookup(inputs["key"]), tf.int64),
        "word": inputs["word"],
        "numbers": inputs["numbers"],
    }


def user_table(inputs):
    import tensorflow as tf
    import tensorflow_transform as tft

    table = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(["a", "b"], [1.5, 2.5]), tf.constant(0.0)
    )
    looked_up = table.lookup(inputs["key"])
    return {"z": looked_up - tft.mean(looked_up)}


def tracked(inputs):
    import tensorflow as tf
    import tensorflow_transform as tft

    # The analysis reads a variable, and half of a word's values come from a function of Python.
    factor = tft.make_and_track_object(lambda: tf.Variable([3.0], trainable=False), name="factor")
    x = inputs["x"] * factor
    (halves,) = tf.py_function(lambda values: [values / 2.0], [inputs["x"]], [tf.float32])
    halves.set_shape(inputs["x"].shape)
    tft.annotate_asset("factors", "factors.txt")
    return {"z": tft.scale_to_z_score(x), "half": halves - tft.mean(halves)}


def cached(inputs):
    import tensorflow_transform as tft

    x, word = inputs["x"], inputs["word"]
    tft.vocabulary(word, weights=inputs["weight"], store_frequency=True, vocab_filename="weighed")
    tft.vocabulary(word, labels=inputs["label"], vocab_filename="informative")
    return {
        "z": tft.scale_to_z_score(x),
        "bucket": tft.bucketize(x, 5),
        "word": tft.compute_and_apply_vocabulary(word, vocab_filename="plain"),
        "n": tft.compute_and_apply_vocabulary(inputs["n"], vocab_filename="numbers", top_k=9, name="numbers"),
        "per_key": tft.scale_to_0_1_per_key(x, inputs["key"], elementwise=False),
        "bucket_per_key": tft.bucketize_per_key(x, inputs["key"], 3),
    }


ALL = (
    moments,
    tails,
    buckets,
    vocabularies,
    information,
    words,
    matrices,
    per_key,
    histograms,
    shapes,
    phases,
    plain,
    user_table,
    tracked,
)
