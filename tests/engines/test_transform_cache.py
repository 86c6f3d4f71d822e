"""The analyzer cache: names by content, and nothing foreign is unpickled."""

import pickle
import struct

import pytest

from interactive.engines import tft_cache
from interactive.errors import InputError


class Evil:
    """Unpickles into a call."""

    def __reduce__(self):
        return (print, ("this must never run",))


def pair(value: bytes, token: bytes = b"key") -> bytes:
    return struct.pack("qq", len(token), len(value)) + token + value


def sketch() -> bytes:
    import pyarrow as pa
    from tfx_bsl import sketches

    made = sketches.QuantilesSketch(0.1, 100, 1)
    made.AddValues(pa.array([1.0, 2.0, 3.0]))
    return pickle.dumps(made)


def test_the_name_depends_on_content_only(tmp_path):
    for name, content in (("a", b"same"), ("b", b"same"), ("c", b"other")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "data.gz").write_bytes(content)
    a, b, c = (str(tmp_path / name) for name in "abc")
    alone = next(iter(tft_cache.dataset_names({"train": [a]})))
    assert next(iter(tft_cache.dataset_names({"other": [b]}))) == alone
    assert next(iter(tft_cache.dataset_names({"train": [c]}))) != alone
    assert list(tft_cache.dataset_names({"train": [a, b]})) == [alone, f"{alone}-1"]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_that_calls_something_is_refused(protocol):
    evil = pickle.dumps(Evil(), protocol=protocol)
    assert not tft_cache.is_safe_entry(evil)
    assert not tft_cache.is_safe_entry(pair(evil))


def test_what_transform_itself_stores_is_accepted():
    assert tft_cache.is_safe_entry(b"[1.5, [2.0, 3.0]]")
    assert tft_cache.is_safe_entry(pair(b"12"))
    assert tft_cache.is_safe_entry(pair(b"12", token=b"\x80\x04cos\nsystem\n"))
    assert tft_cache.is_safe_entry(sketch())
    assert tft_cache.is_safe_entry(pair(sketch()))


def test_manifests(tmp_path):
    good = tmp_path / "MANIFEST"
    good.write_bytes(pickle.dumps({b"key": 3}, protocol=0))
    assert tft_cache.read_manifest(good) == {b"key": 3}
    for content in (
        pickle.dumps({b"key": Evil()}, protocol=0),
        pickle.dumps({"key": 3}),
        pickle.dumps([1]),
        b"rubbish",
        b"",
    ):
        good.write_bytes(content)
        assert tft_cache.read_manifest(good) == {}
    assert tft_cache.read_manifest(tmp_path / "none") == {}


def test_only_entries_that_are_wanted_and_safe_are_read(tmp_path):
    import tensorflow as tf

    folder = tmp_path / "data-1"
    folder.mkdir()
    options = tf.io.TFRecordOptions(compression_type="GZIP")
    contents = {b"good": b"[1]", b"evil": pickle.dumps(Evil()), b"unused": b"[2]"}
    for number, value in enumerate(contents.values()):
        path = str(folder / f"{number}-00000-of-00001.gz")
        with tf.io.TFRecordWriter(path, options) as writer:
            writer.write(value)
    manifest = {key: number for number, key in enumerate(contents)}
    (folder / "MANIFEST").write_bytes(pickle.dumps(manifest, protocol=0))
    found = tft_cache.read(str(tmp_path), ["data-1", "data-2"], {b"good", b"evil"})
    assert {name: dict(cached.entries) for name, cached in found.items()} == {"data-1": {b"good": (b"[1]",)}}


def test_a_missing_cache(tmp_path):
    with pytest.raises(InputError, match="Expected an analyzer cache"):
        tft_cache.read(str(tmp_path / "none"), [], set())
