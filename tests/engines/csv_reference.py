"""The reference for CSV to ``tf.Example``: tfx_bsl's own decoder and TensorFlow's own messages."""

import hashlib
from pathlib import Path

import tensorflow as tf
from tfx_bsl.coders import csv_decoder


def logical_records(text: str) -> list[str]:
    """Lines after the first, joined while their double quotes are odd in number."""
    found, pending = [], ""
    for line in text.encode().split(b"\n")[1:]:
        pending += line.decode() + "\n"
        if pending.count('"') % 2 == 0:
            found.append(pending)
            pending = ""
    assert not pending, "unbalanced quotes"
    return found


def examples(paths: list[Path]) -> list[bytes]:
    """Deterministically serialised examples of one split, in order."""
    texts = [path.read_bytes().decode() for path in paths]
    names = texts[0].split("\n")[0].strip().split(",")
    parser = csv_decoder.ParseCSVLine(delimiter=",")
    parser.setup()
    rows = [next(parser.process(record))[0] for text in texts for record in logical_records(text)]
    inferrer = csv_decoder.ColumnTypeInferrer(names, skip_blank_lines=True)
    state = inferrer.create_accumulator()
    for row in rows:
        state = inferrer.add_input(state, row)
    columns = inferrer.extract_output(state)
    return [_example(row, columns) for row in rows if row]


def split_of(key: bytes, buckets: list[int]) -> int:
    """The index of the output split that a key belongs to, as a plain reading of the definition."""
    bucket = int(hashlib.sha256(key).hexdigest(), 16) % sum(buckets)
    for index, size in enumerate(buckets):
        bucket -= size
        if bucket < 0:
            return index
    raise AssertionError


def _example(row: list[bytes], columns) -> bytes:
    feature = {}
    for cell, (name, kind) in zip(row, columns, strict=True):
        values = [cell] if cell else []
        if kind == csv_decoder.ColumnType.INT:
            integers = tf.train.Int64List(value=[int(value) for value in values])
            feature[name] = tf.train.Feature(int64_list=integers)
        elif kind == csv_decoder.ColumnType.FLOAT:
            floats = tf.train.FloatList(value=[float(value) for value in values])
            feature[name] = tf.train.Feature(float_list=floats)
        elif kind == csv_decoder.ColumnType.STRING:
            feature[name] = tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
        else:
            feature[name] = tf.train.Feature()
    message = tf.train.Example(features=tf.train.Features(feature=feature))
    return message.SerializeToString(deterministic=True)
