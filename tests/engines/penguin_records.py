"""The palmer penguins as the folders of records that the engines read."""

import math
from pathlib import Path

NUMBERS = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")


def rows(complete: bool = True) -> list[dict]:
    """The penguins; with ``complete`` only those without a missing value."""
    from palmerpenguins import load_penguins

    frame = load_penguins()
    if complete:
        frame = frame.dropna()
    return frame.to_dict("records")


def example(row: dict):
    """One ``tf.Example``; missing values are left out."""
    import tensorflow as tf

    made = tf.train.Example()
    for name, value in row.items():
        if value is None or (isinstance(value, float) and math.isnan(value)):
            continue
        feature = made.features.feature[name]
        if isinstance(value, str):
            feature.bytes_list.value.append(value.encode())
        elif isinstance(value, int):
            feature.int64_list.value.append(value)
        else:
            feature.float_list.value.append(value)
    return made


def write(path: Path, records: list[dict]) -> str:
    """Writes one folder of records and returns it."""
    import tensorflow as tf

    path.mkdir(parents=True)
    options = tf.io.TFRecordOptions(compression_type="GZIP")
    with tf.io.TFRecordWriter(str(path / "data_tfrecord-00000-of-00001.gz"), options) as writer:
        for row in records:
            writer.write(example(row).SerializeToString(deterministic=True))
    return str(path)


def read(folder: str) -> list:
    """Reads the ``tf.Example`` messages of a folder, in order."""
    import tensorflow as tf

    files = sorted(str(file) for file in Path(folder).iterdir())
    dataset = tf.data.TFRecordDataset(files, compression_type="GZIP")
    return [tf.train.Example.FromString(record) for record in dataset.as_numpy_iterator()]


def write_schema(path: Path, records: list[dict], infer_feature_shape: bool) -> str:
    """Infers a schema with TFDV, writes it and returns its path."""
    import pandas as pd
    import tensorflow_data_validation as tfdv

    statistics = tfdv.generate_statistics_from_dataframe(pd.DataFrame(records))
    schema = tfdv.infer_schema(statistics, infer_feature_shape=infer_feature_shape)
    tfdv.write_schema_text(schema, str(path))
    return str(path)
