import gzip
import struct

import pytest

from tests.widgets.html_check import HOSTILE, read
from widgets import TransformView

RAW = 'feature { name: "age" type: INT } feature { name: "color" type: BYTES }'
DONE = 'feature { name: "age_z" type: FLOAT shape { dim { size: 1 } } }'


def graph(folder, vocabulary=b"red\ngreen\n\xff\xfe\n", asset_map='{"colors": "color_vocab"}'):
    for place, text in (("metadata", RAW), ("transformed_metadata", DONE)):
        (folder / place).mkdir(parents=True)
        (folder / place / "schema.pbtxt").write_text(text)
    assets = folder / "transform_fn" / "assets"
    assets.mkdir(parents=True)
    (assets / "color_vocab").write_bytes(vocabulary)
    if asset_map is not None:
        (folder / "transformed_metadata" / "asset_map").write_text(asset_map)
    return folder


def test_raw_and_transformed_features_and_vocabularies(tmp_path):
    page = read(TransformView(graph(tmp_path)).to_html())
    assert [r[:2] for r in page.table("Raw features (2)")[1:]] == [["age", "INT"], ["color", "BYTES"]]
    assert page.table("Transformed features (1)")[1] == ["age_z", "FLOAT", "optional", "[1]", "\u2014"]
    assert page.table("Vocabularies")[1] == [
        "colors",
        "color_vocab",
        "3",
        "13 B",
        "red, green, 0x ff fe (2 B)",
    ]


def test_long_vocabularies_are_counted_whole_and_shown_in_part(tmp_path):
    words = b"".join(b"w%d\n" % i for i in range(5000))
    page = read(TransformView(graph(tmp_path, words)).to_html())
    row = page.table("Vocabularies")[1]
    assert row[2] == "5,000"
    assert row[4].startswith("w0, w1, w2, w3, w4, w5, w6, w7 4,992 more, the first 92w8,")
    assert "w99" in row[4]
    assert "w100" not in row[4]


def test_a_vocabulary_in_records(tmp_path):
    graph(tmp_path)
    data = b"".join(struct.pack("<QI", 1, 0) + c + b"\0\0\0\0" for c in (b"a", b"b"))
    (tmp_path / "transform_fn" / "assets" / "v.tfrecord.gz").write_bytes(gzip.compress(data))
    row = next(r for r in read(TransformView(tmp_path).to_html()).table("Vocab") if r[1] == "v.tfrecord.gz")
    assert row[2] == "2"
    assert row[4] == "a, b"


def test_an_empty_vocabulary_and_none_at_all(tmp_path):
    assert read(TransformView(graph(tmp_path, b"")).to_html()).table("Vocab")[1][4] == "empty"
    (tmp_path / "transform_fn" / "assets" / "color_vocab").unlink()
    assert "Vocabularies" not in TransformView(tmp_path).text()


def test_a_missing_schema_is_said(tmp_path):
    graph(tmp_path)
    (tmp_path / "metadata" / "schema.pbtxt").unlink()
    assert "Raw features: there is no schema." in TransformView(tmp_path).text()


def test_another_folder_is_refused(tmp_path):
    (tmp_path / "assets").mkdir()
    with pytest.raises(FileNotFoundError, match=r"transformed_metadata.*found assets.*TransformGraph"):
        TransformView(tmp_path)
    with pytest.raises(TypeError, match="TransformView expects"):
        TransformView(7)


def test_damage_is_named(tmp_path):
    with pytest.raises(ValueError, match="asset_map"):
        TransformView(graph(tmp_path / "a", asset_map="{")).text()
    graph(tmp_path / "b")
    (tmp_path / "b" / "metadata" / "schema.pbtxt").write_text("feature {")
    with pytest.raises(ValueError, match=r"schema\.pbtxt"):
        TransformView(tmp_path / "b")


@pytest.mark.parametrize("name", HOSTILE)
def test_entries_stay_text(tmp_path, name):
    view = TransformView(graph(tmp_path, name.replace("\n", " ").encode() + b"\n"), title=name)
    read(view.to_html(page=True))
    assert "\x1b" not in view.text() + view.to_html()
