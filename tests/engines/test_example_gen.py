import csv
import gzip
import io
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactive.engines import csv_input
from interactive.engines.api import ExamplesRequest, InputSplit, OutputSplit
from interactive.engines.beam import BeamEngine
from interactive.engines.examples import Kind, cell_kind
from interactive.engines.in_process import InProcessEngine
from interactive.engines.tfrecord import read_records
from interactive.errors import InputError

THIRDS = (OutputSplit("train", 2), OutputSplit("eval", 1))
CELLS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6),
    st.sampled_from(["", "", "1", "-2", "3.5", "1e3", "nan", "NA", 'a"b', "a\nb", "a\r\nb", "é,"]),
    st.integers(-(2**70), 2**70).map(str),
    st.floats(width=64).map(repr),
)
ENGINES = [
    pytest.param(InProcessEngine(), id="in_process"),
    pytest.param(BeamEngine(), id="beam", marks=pytest.mark.slow),
]


def write(folder: Path, text: str | bytes, name: str = "data.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def request(output: Path, *paths: Path, outputs=(), feature=None) -> ExamplesRequest:
    inputs = (InputSplit("all", tuple(map(str, paths))),)
    return ExamplesRequest(inputs, tuple(outputs), str(output), feature)


def records(output: Path, split: str) -> list[bytes]:
    folder = output / f"Split-{split}"
    return [record for file in sorted(folder.iterdir()) for record in read_records(file)]


def penguins() -> Path:
    return Path(str(files("palmerpenguins") / "data" / "penguins.csv"))


class TestEqualToReference:
    @pytest.mark.parametrize("engine", ENGINES)
    def test_penguins_partitioned_by_record(self, tmp_path, engine):
        from tests.engines import csv_reference

        expected = csv_reference.examples([penguins()])
        report = engine.generate_examples(request(tmp_path, penguins(), outputs=THIRDS))
        assert report.engine == engine.name
        assert sum(report.counts.values()) == 344
        for index, split in enumerate(("train", "eval")):
            wanted = [one for one in expected if csv_reference.split_of(one, [2, 1]) == index]
            found = records(tmp_path, split)
            assert len(found) == report.counts[split]
            assert sorted(found) == sorted(wanted)

    @pytest.mark.parametrize("engine", ENGINES)
    def test_penguins_partitioned_by_feature(self, tmp_path, engine):
        import tensorflow as tf

        from tests.engines import csv_reference

        engine.generate_examples(request(tmp_path, penguins(), outputs=THIRDS, feature="body_mass_g"))
        count = 0
        for index, split in enumerate(("train", "eval")):
            for record in records(tmp_path, split):
                feature = tf.train.Example.FromString(record).features.feature["body_mass_g"]
                key = feature.SerializeToString(deterministic=True)
                assert csv_reference.split_of(key, [2, 1]) == index
                count += 1
        assert count == 344

    @pytest.mark.parametrize("engine", ENGINES)
    def test_input_splits_are_kept_and_typed_apart(self, tmp_path, engine):
        one = write(tmp_path, "x,y\n1,a\n2,b\n", "one.csv")
        two = write(tmp_path, "x,y\n1.5,a\n", "two.csv")
        inputs = (InputSplit("train", (str(one),)), InputSplit("eval", (str(two),)))
        report = engine.generate_examples(ExamplesRequest(inputs, (), str(tmp_path)))
        assert report.counts == {"train": 2, "eval": 1}
        from tests.engines import csv_reference

        assert sorted(records(tmp_path, "train")) == sorted(csv_reference.examples([one]))
        assert records(tmp_path, "eval") == csv_reference.examples([two])

    @pytest.mark.parametrize("engine", ENGINES)
    def test_types_are_inferred_over_all_files(self, tmp_path, engine):
        paths = [
            write(tmp_path, "x,y,z\n1,2,\n", "a.csv"),
            write(tmp_path, "x,y,z\n,2.5,\n\nfour,,\n", "b.csv"),
        ]
        report = engine.generate_examples(request(tmp_path, *paths))
        from tests.engines import csv_reference

        assert report.counts == {"all": 3}
        assert sorted(records(tmp_path, "all")) == sorted(csv_reference.examples(paths))

    # Escapes: digits that Unicode has and bytes have not.
    NUMBERS = (
        *("0", "-0", "+7", "007", "1_000", "1__0", "_1", "1_", "0x10", "1,5", "\uff11", "\u0663"),
        *("1e3", "-1E-5", "nan", "-nan", "NaN", "inf", "-Infinity", ".5", "5.", "1e400", "1e39", "1e-50"),
        *("9223372036854775807", "-9223372036854775808", "9223372036854775808"),
    )

    @pytest.mark.parametrize("number", [*NUMBERS, " 1", "1 ", " ", "1 2", "\t3", "3\x0b", "1\n"])
    @pytest.mark.parametrize("other", ["5", "5.5", ""])
    def test_what_is_a_number(self, tmp_path, number, other):
        from tests.engines import csv_reference

        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([["x", "y"], [number, 1], [other, 2]])
        path = write(tmp_path, text.getvalue())
        InProcessEngine().generate_examples(request(tmp_path, path))
        assert records(tmp_path, "all") == csv_reference.examples([path])

    @pytest.mark.parametrize(
        "body",
        [
            'a,"b\nc"\n',
            'a,"b\r\nc"\r\n',
            '"say ""hi""",b\n',
            '"a"b,c\n',
            'a "quoted" word,b\n',
            "a,b\r\n\r\nc,d\r\n",
            "\n\na,b\n\n",
            "a,b",
            "a,\n,b\n,\n",
            '"",""\n',
            '"\n",b\n',
            "日本語,ü\U0001f427\n",
            "a\0b,c\n",
            '"a,b",c\n',
            " a , b \n",
        ],
    )
    def test_shapes_of_text(self, tmp_path, body):
        from tests.engines import csv_reference

        path = write(tmp_path, "x,y\n" + body)
        InProcessEngine().generate_examples(request(tmp_path, path))
        assert records(tmp_path, "all") == csv_reference.examples([path])

    @given(
        st.integers(1, 4).flatmap(
            lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1)
        ),
        st.sampled_from(["\n", "\r\n"]),
        st.booleans(),
    )
    def test_random_tables(self, tmp_path_factory, rows, line_end, quote_all):
        from tests.engines import csv_reference

        folder = tmp_path_factory.mktemp("random")
        text = io.StringIO()
        # Python's writer leaves a bare carriage return unquoted.
        quote_all |= any("\r" in cell for row in rows for cell in row)
        quoting = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
        writer = csv.writer(text, lineterminator=line_end, quoting=quoting)
        writer.writerows(rows)
        header = ",".join(f"column_{number}" for number in range(len(rows[0])))
        path = write(folder, header + line_end + text.getvalue())
        report = InProcessEngine().generate_examples(request(folder, path))
        expected = csv_reference.examples([path])
        assert records(folder, "all") == expected
        assert report.counts == {"all": len(expected)}

    @given(st.lists(st.text("ab_é", max_size=4), min_size=1, max_size=6, unique=True))
    def test_order_of_features(self, tmp_path_factory, names):
        folder = tmp_path_factory.mktemp("names")
        values = ",".join(map(str, range(len(names))))
        path = write(folder, ",".join(names) + "x\n" + values + "\n")
        InProcessEngine().generate_examples(request(folder, path))
        from tests.engines import csv_reference

        assert records(folder, "all") == csv_reference.examples([path])

    @given(st.text(alphabet='a1,"\n\r .', max_size=30))
    def test_random_text_is_refused_or_equal(self, tmp_path_factory, body):
        from tests.engines import csv_reference

        folder = tmp_path_factory.mktemp("text")
        path = write(folder, "x,y\n" + body + "\n")
        refused = None
        try:
            InProcessEngine().generate_examples(request(folder, path))
        except InputError as error:
            refused = str(error)
        if refused is None:
            assert records(folder, "all") == csv_reference.examples([path])
        else:
            assert str(path) in refused


class TestOutput:
    def test_order_of_the_files_and_equal_bytes_on_rerun(self, tmp_path):
        import tensorflow as tf

        paths = [
            write(tmp_path, "x\n3\n1\n", "a.csv"),
            write(tmp_path, "x\n2\n", "b.csv"),
        ]
        for name in ("one", "two"):
            InProcessEngine().generate_examples(request(tmp_path / name, *paths))
        found = [
            tf.train.Example.FromString(record).features.feature["x"].int64_list.value[0]
            for record in records(tmp_path / "one", "all")
        ]
        assert found == [3, 1, 2]
        file = "Split-all/data_tfrecord-00000-of-00001.gz"
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()

    def test_tensorflow_reads_the_file(self, tmp_path):
        import tensorflow as tf

        InProcessEngine().generate_examples(request(tmp_path, penguins()))
        file = tmp_path / "Split-all" / "data_tfrecord-00000-of-00001.gz"
        dataset = tf.data.TFRecordDataset([str(file)], compression_type="GZIP")
        assert list(dataset.as_numpy_iterator()) == records(tmp_path, "all")
        assert len(records(tmp_path, "all")) == 344

    @pytest.mark.parametrize("engine", ENGINES)
    def test_empty_split_is_written_and_noted(self, tmp_path, engine):
        path = write(tmp_path, "x\n1\n1\n")
        outputs = [OutputSplit("train", 1), OutputSplit("eval", 1)]
        report = engine.generate_examples(request(tmp_path, path, outputs=outputs))
        empty = next(name for name, count in report.counts.items() if not count)
        assert sorted(report.counts.values()) == [0, 2]
        assert report.notes == (f"split {empty!r} got no records",)
        assert records(tmp_path, empty) == []
        assert list((tmp_path / f"Split-{empty}").iterdir())


class TestHeader:
    def test_quotes_and_byte_order_mark_are_no_part_of_names(self, tmp_path):
        path = write(tmp_path, '\ufeff"a","b,c",d \r\n1,2,3\r\n')
        header = csv_input.read_header([str(path)])
        assert header.names == ("a", "b,c", "d")
        assert [note.split(" ")[-1] for note in header.notes] == ["name", "names"]
        report = InProcessEngine().generate_examples(request(tmp_path, path))
        assert report.notes == header.notes

    def test_empty_name_is_noted(self, tmp_path):
        path = write(tmp_path, ",a\n0,1\n")
        report = InProcessEngine().generate_examples(request(tmp_path, path))
        assert report.notes == (f"column 1 of {path} has an empty name",)
        from tests.engines import csv_reference

        assert records(tmp_path, "all") == csv_reference.examples([path])

    def test_different_headers(self, tmp_path):
        paths = [
            write(tmp_path, "mass,year\n1,2\n", "a.csv"),
            write(tmp_path, "masss,year\n1,2\n", "b.csv"),
        ]
        with pytest.raises(InputError) as caught:
            InProcessEngine().generate_examples(request(tmp_path, *paths))
        text = str(caught.value)
        assert "a.csv" in text
        assert "b.csv lacks 'mass'" in text
        assert "b.csv has 'masss' besides" in text
        assert "'mass' is close to 'masss'" in text

    def test_different_order(self, tmp_path):
        paths = [write(tmp_path, "a,b\n1,2\n", "a.csv"), write(tmp_path, "b,a\n1,2\n", "b.csv")]
        with pytest.raises(InputError, match="order differs: a, b against b, a"):
            InProcessEngine().generate_examples(request(tmp_path, *paths))


BAD_FILES = [
    pytest.param("", "is empty; expected a first line", id="empty"),
    pytest.param("\nx,y\n", "begins with a blank line", id="blank"),
    pytest.param("x,y\n", "input split 'all' has no rows", id="header_only"),
    pytest.param("x,y\n\n\n", "input split 'all' has no rows", id="blank_rows_only"),
    pytest.param("x,x,y\n1,2,3\n", "column 'x' more than once", id="duplicate"),
    pytest.param('x,"y\nz"\n1,2\n', "quote that does not end on that line", id="header_lines"),
    pytest.param("x,y\n1,2\n1,2,3\n", "line 3 has 3 cells; expected 2, one for each", id="many"),
    pytest.param('x,y\n"a\nb",2\n\n1\n', "line 5 has 1 cells; expected 2", id="few"),
    pytest.param('x,y\n1,"2\n3,4\n', "ends inside a quoted cell", id="odd_quotes"),
    pytest.param('x,y\n1,a"b,"c"d"\n', "line 2 has 3 cells", id="ragged_by_quotes"),
    pytest.param('x,y\n1"1,"c\n', "line 2 has a quoted cell that does not end", id="open"),
    pytest.param('x,y\n1"1,"c\n2,d"\n,"', "", id="several"),
    pytest.param("x,y\n1,2\r3,4\n", "line 2 cannot be read as CSV: new-line character", id="cr"),
    pytest.param(b"x,y\n1,2\n1,\xfc\n", "line 3 is not UTF-8: byte 0xfc at column 3", id="latin"),
    pytest.param(b"x,\xfc\n1,2\n", "line 1 is not UTF-8", id="latin_header"),
    pytest.param(gzip.compress(b"x,y\n1,2\n"), "is compressed with gzip; unpack it", id="gzip"),
    pytest.param(f"x,y\n1,{'a' * 200_000}\n", "line 2 cannot be read as CSV: field larger", id="long"),
]


class TestBadFiles:
    @pytest.mark.parametrize(("text", "message"), BAD_FILES)
    def test_in_process(self, tmp_path, text, message):
        path = write(tmp_path, text)
        with pytest.raises(InputError) as caught:
            InProcessEngine().generate_examples(request(tmp_path, path))
        assert message in str(caught.value)
        assert str(path) in str(caught.value)

    @pytest.mark.slow
    @pytest.mark.parametrize(("text", "message"), BAD_FILES)
    def test_beam_says_the_same(self, tmp_path, text, message):
        path = write(tmp_path, text)
        with pytest.raises(InputError) as first:
            InProcessEngine().generate_examples(request(tmp_path / "one", path))
        with pytest.raises(InputError) as second:
            BeamEngine().generate_examples(request(tmp_path / "two", path))
        assert str(second.value) == str(first.value)

    def test_the_row_is_found_beyond_the_first_chunk(self, tmp_path):
        rows = csv_input.CHUNK_RECORDS + 5
        path = write(tmp_path, "x,y\n" + '1,"2"\n' * rows + "1\n")
        with pytest.raises(InputError, match=f"line {rows + 2} has 1 cells"):
            InProcessEngine().generate_examples(request(tmp_path, path))

    def test_quoted_cell_across_chunks(self, tmp_path):
        rows = csv_input.CHUNK_RECORDS - 1
        path = write(tmp_path, "x,y\n" + "1,2\n" * rows + '3,"a\nb\nc"\n4,d\n')
        report = InProcessEngine().generate_examples(request(tmp_path, path))
        assert report.counts == {"all": rows + 2}
        import tensorflow as tf

        value = tf.train.Example.FromString(records(tmp_path, "all")[-2]).features.feature["y"]
        assert value.bytes_list.value == [b"a\nb\nc"]

    def test_folder_instead_of_a_file(self, tmp_path):
        with pytest.raises(InputError, match="is a folder; expected a CSV file"):
            InProcessEngine().generate_examples(request(tmp_path, tmp_path))

    def test_missing_file(self, tmp_path):
        with pytest.raises(InputError, match=r"cannot read .*none\.csv: No such file"):
            InProcessEngine().generate_examples(request(tmp_path, tmp_path / "none.csv"))


class TestBadRequests:
    @pytest.mark.parametrize(
        ("outputs", "message"),
        [
            ([OutputSplit("train", 0)], "hash_buckets=0; expected 1 or more"),
            ([OutputSplit("", 1)], "output split name ''"),
            ([OutputSplit("../x", 1)], "output split name '../x'"),
            ([OutputSplit("a", 1), OutputSplit("a", 1)], "must differ; a is given twice"),
        ],
    )
    def test_output_splits(self, tmp_path, outputs, message):
        with pytest.raises(InputError) as caught:
            InProcessEngine().generate_examples(request(tmp_path, penguins(), outputs=outputs))
        assert message in str(caught.value)

    def test_two_inputs_with_outputs(self, tmp_path):
        inputs = (InputSplit("a", (str(penguins()),)), InputSplit("b", (str(penguins()),)))
        with pytest.raises(InputError, match="found the input splits a, b"):
            InProcessEngine().generate_examples(ExamplesRequest(inputs, THIRDS, str(tmp_path)))

    def test_input_split_without_files(self, tmp_path):
        with pytest.raises(InputError, match="'a' has no files"):
            InProcessEngine().generate_examples(
                ExamplesRequest((InputSplit("a", ()),), THIRDS, str(tmp_path))
            )

    @pytest.mark.parametrize("engine", ENGINES)
    @pytest.mark.parametrize(
        ("feature", "message"),
        [
            ("z", "'z' is no column; expected one of x, w."),
            ("y", "'y' holds FLOAT values; expected an INT or STRING column: x, w."),
            ("v", "'v' has no values"),
        ],
    )
    def test_partition_feature(self, tmp_path, engine, feature, message):
        path = write(tmp_path, "x,y,v,w\n1,1.5,,a\n")
        with pytest.raises(InputError) as caught:
            engine.generate_examples(request(tmp_path, path, outputs=THIRDS, feature=feature))
        assert message in str(caught.value)

    def test_partition_feature_without_outputs(self, tmp_path):
        with pytest.raises(InputError, match="needs output splits"):
            InProcessEngine().generate_examples(request(tmp_path, penguins(), feature="year"))


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        (b"", Kind.UNKNOWN),
        (b"12", Kind.INT),
        (b" 1_0 ", Kind.INT),
        (b"1e3", Kind.FLOAT),
        (b"9" * 30, Kind.STRING),
        (b"9" * 5000, Kind.FLOAT),
        (b"NA", Kind.STRING),
    ],
)
def test_cell_kind(cell, kind):
    assert cell_kind(cell) is kind


class TestTFRecord:
    def damaged(self, tmp_path) -> Path:
        InProcessEngine().generate_examples(request(tmp_path, penguins()))
        return tmp_path / "Split-all" / "data_tfrecord-00000-of-00001.gz"

    def test_cut_short(self, tmp_path):
        path = self.damaged(tmp_path)
        path.write_bytes(path.read_bytes()[:-20])
        with pytest.raises(InputError, match="damaged or cut short"):
            list(read_records(path))

    def test_flipped_bit(self, tmp_path):
        path = self.damaged(tmp_path)
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        with pytest.raises(InputError, match="damaged"):
            list(read_records(path))

    def test_cut_within_a_record(self, tmp_path):
        path = self.damaged(tmp_path)
        path.write_bytes(gzip.decompress(path.read_bytes())[:-3])
        with pytest.raises(InputError, match="ends in the middle of record 343"):
            list(read_records(path))

    def test_other_file(self, tmp_path):
        path = write(tmp_path, "not a record file, but long enough")
        with pytest.raises(InputError, match="not a TFRecord file"):
            list(read_records(path))

    def test_missing(self, tmp_path):
        with pytest.raises(InputError, match="found none"):
            list(read_records(tmp_path / "none"))

    def test_uncompressed_and_large_records(self, tmp_path):
        import tensorflow as tf

        expected = [b"", b"x" * 3_000_000, b"y"]
        with tf.io.TFRecordWriter(str(tmp_path / "plain")) as writer:
            for record in expected:
                writer.write(record)
        assert list(read_records(tmp_path / "plain")) == expected
