import gzip
import math
import struct

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.widgets.html_check import HOSTILE, read
from widgets import ExamplesView, _wire


def example(**features):
    made = _wire.message("Example")()
    for name, values in features.items():
        kind = (
            {bytes: "bytes_list", float: "float_list", int: "int64_list"}[type(values[0])] if values else None
        )
        target = made.features.feature[name]
        if kind:
            getattr(target, kind).value.extend(values)
    return made.SerializeToString()


def framed(*records):
    return b"".join(struct.pack("<QI", len(r), 0) + r + b"\0\0\0\0" for r in records)


ROWS = [
    example(age=[30], name=[b"Ada"], score=[0.5]),
    example(age=[], name=[b"\xff\x00\x01"], score=[1.5, 2.5]),
    example(name=[b""]),
]
TABLE = [
    ["No.", "age", "name", "score"],
    ["1", "30", "Ada", "0.5"],
    ["2", "\u2014", "0x ff 00 01 (3 B)", "[1.5, 2.5]"],
    ["3", "\u2014", "''", "\u2014"],
]


def test_a_folder_of_splits_is_read(tmp_path):
    for split in ("eval", "train"):
        (tmp_path / f"Split-{split}").mkdir()
        (tmp_path / f"Split-{split}" / "data-00000-of-00002.gz").write_bytes(gzip.compress(framed(*ROWS[:1])))
        (tmp_path / f"Split-{split}" / "data-00001-of-00002.gz").write_bytes(gzip.compress(framed(*ROWS[1:])))
    view = ExamplesView.from_uri(tmp_path)
    page = read(view.to_html())
    assert page.headings == ["Examples", "train", "eval"]
    assert page.table("The first 3 examples of train, 3 features") == TABLE
    assert page.table("The first 3 examples of eval, 3 features") == TABLE


def test_one_folder_one_file_or_a_mapping(tmp_path):
    file = tmp_path / "data.tfrecord"
    file.write_bytes(framed(*ROWS))
    for uri in (tmp_path, str(tmp_path), file):
        assert read(ExamplesView.from_uri(uri).to_html()).table("The first 3 examples") == TABLE
    named = ExamplesView.from_uri({"mine": file}, limit=2)
    assert read(named.to_html()).table("The first 2 examples of mine") == TABLE[:3]


def test_the_limit_stops_the_reading(tmp_path):
    # What follows the second record is no record: reading on would fail.
    (tmp_path / "data").write_bytes(framed(*ROWS[:2]) + b"garbage")
    assert len(ExamplesView.from_uri(tmp_path, limit=2).splits[""]) == 2
    with pytest.raises(ValueError, match="cut short"):
        ExamplesView.from_uri(tmp_path, limit=3)


@pytest.mark.parametrize("keep", [5, 20, -3])
def test_a_file_that_is_cut_short_is_named(tmp_path, keep):
    whole = gzip.compress(framed(*ROWS))
    (tmp_path / "data.gz").write_bytes(whole[:keep])
    with pytest.raises(ValueError, match=r"data\.gz.*cannot be read as one"):
        ExamplesView.from_uri(tmp_path)


def test_records_of_another_format_are_named(tmp_path):
    (tmp_path / "data").write_bytes(framed(b"\x0a\xff\xff\xff\xff\x0f"))
    with pytest.raises(ValueError, match="payload_format"):
        ExamplesView.from_uri(tmp_path)
    raw = ExamplesView.from_uri(tmp_path, payload_format="FORMAT_PROTO")
    assert "0x 0a ff ff ff ff 0f (6 B)" in read(raw.to_html()).text


def test_sequence_examples_are_read(tmp_path):
    made = _wire.message("SequenceExample")()
    made.context.feature["id"].int64_list.value.append(7)
    for word in (b"a", b"b"):
        made.feature_lists.feature_list["words"].feature.add().bytes_list.value.append(word)
    (tmp_path / "data").write_bytes(framed(made.SerializeToString()))
    view = ExamplesView.from_uri(tmp_path, payload_format="FORMAT_TF_SEQUENCE_EXAMPLE")
    assert read(view.to_html()).tables[0][1] == ["1", "7", "[a, b]"]


def test_an_unknown_format_is_refused(tmp_path):
    with pytest.raises(ValueError, match="FORMAT_TF_EXAMPLE"):
        ExamplesView.from_uri(tmp_path, payload_format="csv")


def test_nothing_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="found none"):
        ExamplesView.from_uri(tmp_path)
    with pytest.raises(FileNotFoundError, match="found nothing there"):
        ExamplesView.from_uri(tmp_path / "missing")


COLUMNS = {"n": [1, None, 3], "s": ["x", "y", None], "l": [[1, 2], [], None]}
SHOWN = [
    ["No.", "n", "s", "l"],
    ["1", "1", "x", "[1, 2]"],
    ["2", "\u2014", "y", "\u2014"],
    ["3", "3", *["\u2014"] * 2],
]


@pytest.mark.parametrize(
    "data",
    [
        COLUMNS,
        [dict(zip(COLUMNS, values, strict=True)) for values in zip(*COLUMNS.values(), strict=True)],
        pa.table(COLUMNS),
        pa.RecordBatch.from_pydict(COLUMNS),
    ],
    ids=["columns", "rows", "table", "batch"],
)
def test_data_in_memory(data):
    assert read(ExamplesView(data).to_html()).tables == [SHOWN]
    assert len(read(ExamplesView(data, limit=1).to_html()).tables[0]) == 2


def test_a_data_frame_and_arrays():
    np = pytest.importorskip("numpy")
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"a": np.array([1.5, math.nan]), "b": [np.array([1, 2]), b"\xff"]})
    assert read(ExamplesView(frame).to_html()).tables[0][1:] == [
        ["1", "1.5", "[1, 2]"],
        ["2", "NaN", "0x ff (1 B)"],
    ]


def test_numbers_are_right_aligned_and_words_are_not():
    html = ExamplesView({"n": [1, None], "s": ["x", "y"]}).to_html()
    assert '<th scope="col" class="cw-r">n</th><th scope="col">s</th>' in html


def test_long_values_and_lists_are_cut():
    page = read(ExamplesView({"t": ["x" * 1000], "l": [list(range(100))]}).to_html())
    assert page.tables[0][1][1] == "x" * 79 + "\u2026"
    assert page.tables[0][1][2] == "[0, 1, 2, 3, 4, 5, \u2026 (100 values)]"


def test_very_many_features_are_named_below():
    page = read(ExamplesView([{f"f{i}": i for i in range(300)}]).to_html())
    assert len(page.tables[0][0]) == 61
    assert "Not shown: 240 more features: f60, f61" in page.text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([], "No examples"),
        ({}, "No examples"),
        ({"a": []}, "No examples"),
        ([{}, {}], "without any features"),
    ],
)
def test_nothing_to_show_is_said(data, said):
    assert said in read(ExamplesView(data).to_html()).text
    assert said in ExamplesView(data).text()


@pytest.mark.parametrize("wrong", [None, "examples", 3, [1], {"a": 5}, {"a": "text"}, b"x"])
def test_a_wrong_type_is_refused(wrong):
    with pytest.raises(TypeError, match="ExamplesView expects"):
        ExamplesView(wrong)


@pytest.mark.parametrize(("limit", "error"), [(-1, ValueError), ("3", TypeError), (True, TypeError)])
def test_a_wrong_limit_is_refused(limit, error):
    with pytest.raises(error, match="ExamplesView expects"):
        ExamplesView([], limit=limit)


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match=r"\{'a': 1, 'b': 2\}"):
        ExamplesView({"a": [1], "b": [1, 2]})


@pytest.mark.parametrize("name", HOSTILE)
def test_names_and_values_stay_text(name):
    view = ExamplesView([{name: name, "b": name.encode(), "l": [name, name]}], title=name)
    read(view.to_html(page=True))
    assert "\x1b" not in view.text() + view.to_html()


values = st.none() | st.integers() | st.floats() | st.text() | st.binary() | st.booleans()


@given(st.lists(st.dictionaries(st.text(), values | st.lists(values, max_size=8), max_size=4), max_size=4))
def test_any_examples_make_well_formed_html(rows):
    view = ExamplesView(rows)
    read(view.to_html())
    assert view.text()


@given(st.lists(st.binary(max_size=40), max_size=6), st.booleans())
def test_records_come_back_as_they_were_written(tmp_path_factory, records, zipped):
    path = tmp_path_factory.mktemp("records") / "data"
    data = framed(*records)
    path.write_bytes(gzip.compress(data) if zipped else data)
    assert list(_wire.records(path)) == records


@pytest.mark.slow
def test_declared_messages_are_tensorflows_own(tmp_path):
    import tensorflow as tf
    from tensorflow.core.example import example_pb2
    from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2, saved_object_graph_pb2

    theirs = {
        **example_pb2.DESCRIPTOR.message_types_by_name,
        **{d.name: d for m in (meta_graph_pb2.MetaGraphDef,) for d in (m.DESCRIPTOR,)},
        "SavedModel": saved_model_pb2.SavedModel.DESCRIPTOR,
        "SavedObjectGraph": saved_object_graph_pb2.SavedObjectGraph.DESCRIPTOR,
    }

    def repeated(field):
        # protobuf 6 has is_repeated in place of label
        return field.is_repeated if hasattr(field, "is_repeated") else field.label == field.LABEL_REPEATED

    def compare(mine, other):
        for field in mine.fields:
            found = other.fields_by_name[field.name]
            assert (field.number, repeated(field)) == (found.number, repeated(found)), field.full_name
            # Enums are read as integers, which they are on the wire.
            assert field.cpp_type == found.cpp_type or found.enum_type is not None, field.full_name
            if field.message_type is not None:
                compare(field.message_type, found.message_type)

    for name in ("Example", "SequenceExample", "SavedModel", "MetaGraphDef", "SavedObjectGraph"):
        compare(_wire.message(name).DESCRIPTOR, theirs[name])
    path = str(tmp_path / "data.gz")
    with tf.io.TFRecordWriter(path, "GZIP") as writer:
        feature = tf.train.Feature(float_list=tf.train.FloatList(value=[0.25]))
        made = tf.train.Example(features=tf.train.Features(feature={"x": feature}))
        writer.write(made.SerializeToString())
    assert read(ExamplesView.from_uri(tmp_path).to_html()).tables[0][1] == ["1", "0.25"]
