"""Writes an analyzer cache in TensorFlow Transform's own layout; ``tft_cache`` reads it, and so does Beam."""

import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path

from interactive.engines.tfrecord import RecordWriter
from interactive.engines.tft_cache import MANIFEST, read_manifest

_METADATA = "METADATA-00000-of-00001"


def write(folder: Path, entries: Mapping[bytes, Sequence[bytes]], metadata: bytes) -> None:
    """Adds entries to one data set's cache.

    Args:
      folder: The data set's folder; it is made, or added to where it holds entries already.
      entries: Entry key to encoded accumulators.
      metadata: The encoded ``DatasetCacheMetadata``.
    """
    import tensorflow as tf

    folder.mkdir(parents=True, exist_ok=True)
    manifest = read_manifest(folder / MANIFEST)
    first = max(manifest.values(), default=-1) + 1
    for number, (key, values) in enumerate(entries.items(), first):
        with RecordWriter(folder / f"{number}-00000-of-00001.gz") as writer:
            writer.write_all(values)
        manifest[key] = number
    with tf.io.TFRecordWriter(str(folder / _METADATA)) as writer:
        writer.write(metadata)
    # Protocol 0 is what TensorFlow Transform writes; the reader accepts plain data only.
    (folder / MANIFEST).write_bytes(pickle.dumps(manifest, protocol=0))
