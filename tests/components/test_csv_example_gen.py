import json
import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from interactive.components import CsvExampleGen
from interactive.dsl.experimental import RuntimeParameter
from interactive.engines.tfrecord import read_records
from interactive.errors import InputError, SpecError
from interactive.proto import Input, Output, RangeConfig, RollingRange, SplitConfig, StaticRange
from tests.components.data import penguins, read_example, write_penguins

ALL = {"splits": [{"name": "all", "hash_buckets": 1}]}
FILE = "data_tfrecord-00000-of-00001.gz"


def rows(examples, split):
    folder = Path(examples.path(split=split))
    assert [file.name for file in folder.iterdir()] == [FILE]
    return [read_example(record) for record in read_records(folder / FILE)]


def run(context, **arguments):
    component = CsvExampleGen(**arguments)
    result = context.run(component)
    (examples,) = component.outputs["examples"].get()
    return result, examples


def test_one_input_split_becomes_train_and_eval_two_to_one(context, csv):
    result, examples = run(context, input_base=csv)
    assert examples.splits == ["train", "eval"]
    assert sorted(folder.name for folder in Path(examples.uri).iterdir()) == ["Split-eval", "Split-train"]
    train, evaluation = rows(examples, "train"), rows(examples, "eval")
    frame = penguins()
    assert len(train) + len(evaluation) == len(frame) == 333
    assert 0.55 < len(train) / 333 < 0.78
    found = Counter((row["species"].decode(), row["year"]) for row in train + evaluation)
    assert found == Counter(zip(frame["species"], frame["year"], strict=True))
    assert train[0].keys() == set(frame.columns)
    assert isinstance(train[0]["bill_length_mm"], float)
    assert (examples.span, examples.custom_properties["span"]) == (0, 0)
    assert examples.custom_properties["file_format"] == "tfrecords_gzip"
    assert examples.custom_properties["payload_format"] == "FORMAT_TF_EXAMPLE"
    assert examples.custom_properties["input_fingerprint"].startswith("split:single_split,num_files:1,")
    assert result.exec_properties["input_fingerprint"] == examples.custom_properties["input_fingerprint"]
    assert json.loads(result.exec_properties["output_config"])["split_config"]["splits"][0] == {
        "name": "train",
        "hash_buckets": 2,
    }


def test_several_input_splits_stay_as_they_are(context, tmp_path):
    frame = penguins()
    write_penguins(tmp_path / "data" / "train", frame=frame[:200])
    write_penguins(tmp_path / "data" / "eval", frame=frame[200:250])
    write_penguins(tmp_path / "data" / "test", frame=frame[250:])
    splits = [Input.Split(name=name, pattern=f"{name}/*") for name in ("train", "eval", "test")]
    _, examples = run(context, input_base=str(tmp_path / "data"), input_config=Input(splits=splits))
    assert examples.splits == ["train", "eval", "test"]
    assert [len(rows(examples, split)) for split in examples.splits] == [200, 50, 83]


def test_output_config_names_the_splits_and_a_feature_keeps_rows_together(context, csv):
    names = {"a": 3, "b": 1, "c": 1}
    config = Output(
        split_config=SplitConfig(
            splits=[SplitConfig.Split(name=name, hash_buckets=n) for name, n in names.items()],
            partition_feature_name="island",
        )
    )
    _, examples = run(context, input_base=csv, output_config=config)
    assert examples.splits == ["a", "b", "c"]
    seen = Counter()
    for split in examples.splits:
        folder = Path(examples.path(split=split))
        islands = {row["island"] for row in map(read_example, read_records(folder / FILE))}
        seen.update(islands)
    assert seen == {b"Biscoe": 1, b"Dream": 1, b"Torgersen": 1}


def test_dicts_and_runtime_parameters_configure_it_too(context, csv):
    config = {"split_config": ALL}
    _, examples = run(context, input_base=csv, output_config=config)
    assert len(rows(examples, "all")) == 333
    parameter = RuntimeParameter("out", str, default=json.dumps(config))
    result, again = run(context, input_base=csv, output_config=parameter)
    assert result.cached
    assert again.id == examples.id
    inputs = RuntimeParameter("in", str, default='{"splits": [{"name": "s", "pattern": "*.csv"}]}')
    _, divided = run(context, input_base=csv, input_config=inputs)
    assert divided.splits == ["train", "eval"]


@pytest.fixture
def spans(tmp_path):
    frame = penguins()
    for span, version, last in ((1, 1, 10), (2, 1, 20), (2, 2, 30), (7, 1, 40)):
        write_penguins(tmp_path / "data" / f"span-{span}" / f"v{version}", frame=frame[:last])
    return str(tmp_path / "data")


@pytest.mark.parametrize(
    ("range_config", "span", "version", "count"),
    [
        (None, 7, 1, 40),
        (RangeConfig(static_range=StaticRange(start_span_number=2, end_span_number=2)), 2, 2, 30),
        (RangeConfig(static_range=StaticRange(start_span_number=1, end_span_number=1)), 1, 1, 10),
        (RangeConfig(rolling_range=RollingRange(num_spans=1)), 7, 1, 40),
        (RangeConfig(rolling_range=RollingRange(num_spans=1, start_span_number=7)), 7, 1, 40),
    ],
)
def test_spans_and_versions(context, spans, range_config, span, version, count):
    config = Input(splits=[Input.Split(name="all", pattern="span-{SPAN}/v{VERSION}/*")])
    result, examples = run(context, input_base=spans, input_config=config, range_config=range_config)
    assert sum(len(rows(examples, split)) for split in examples.splits) == count
    assert (examples.span, examples.version) == (span, version)
    assert (result.exec_properties["span"], result.exec_properties["version"]) == (span, version)


def test_a_new_span_is_seen_and_an_old_one_stays_cached(context, spans):
    arguments = {
        "input_base": spans,
        "input_config": Input(splits=[Input.Split(name="all", pattern="span-{SPAN}/*/*")]),
    }
    assert run(context, **arguments)[1].span == 7
    write_penguins(Path(spans) / "span-8" / "v1")
    assert run(context, **arguments)[1].span == 8
    shutil.rmtree(Path(spans) / "span-8")
    result, examples = run(context, **arguments)
    assert (result.state, examples.span) == ("cached", 7)


def test_the_cache_follows_content_not_times_or_places(context, csv, tmp_path):
    assert run(context, input_base=csv)[0].state == "complete"
    assert run(context, input_base=csv)[0].state == "cached"
    os.utime(Path(csv) / "penguins.csv", (5, 5))
    assert run(context, input_base=csv)[0].state == "cached"
    moved = tmp_path / "elsewhere"
    shutil.move(csv, moved)
    result, examples = run(context, input_base=str(moved))
    assert result.state == "cached"
    assert result.exec_properties["input_base"] == str(moved)
    file = moved / "penguins.csv"
    before = file.stat()
    text = file.read_text()
    file.write_text(text.replace("2007", "2006", 1))  # the same size
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert run(context, input_base=str(moved))[0].state == "complete"
    file.write_text(text)
    again, back = run(context, input_base=str(moved))
    assert (again.state, back.id) == ("cached", examples.id)
    assert run(context, input_base=str(moved), output_config=Output())[0].state == "cached"
    other = Output(split_config=SplitConfig(splits=[SplitConfig.Split(name="all", hash_buckets=1)]))
    assert run(context, input_base=str(moved), output_config=other)[0].state == "complete"


def split(name, buckets=1):
    return SplitConfig.Split(name=name, hash_buckets=buckets)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "CsvExampleGen: argument 'input_base' is missing: expected a str"),
        ({"input_base": 3}, "'input_base' expects str, got 3 of type int"),
        ({"input_base": "x", "input_config": Input()}, "input_config has no splits. Give at least one"),
        ({"input_base": "x", "input_config": "*"}, r"expects a .*Input message, got '\*' of type str"),
        ({"input_base": "x", "input_config": Output()}, "expects a .*Input message, got a .*Output"),
        ({"input_base": "x", "output_config": {"splits": []}}, "is no valid .*Output"),
        (
            {"input_base": "x", "output_config": Output(split_config=SplitConfig(splits=[split("a", 0)]))},
            "name and at least one hash bucket, got name 'a' with hash_buckets=0",
        ),
        (
            {
                "input_base": "x",
                "input_config": Input(splits=[Input.Split(name=n, pattern="*") for n in "ab"]),
                "output_config": Output(split_config=SplitConfig(splits=[split("c")])),
            },
            r"input_config has 2 splits \(a, b\) and output_config asks for others \(c\).*leave one",
        ),
    ],
)
def test_what_cannot_be_right_is_refused_when_it_is_made(arguments, message):
    with pytest.raises(SpecError, match=message):
        CsvExampleGen(**arguments)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"input_base": "{csv}x"}, "does not exist; expected a folder. Did you mean .*data"),
        ({"input_base": "{csv}/penguins.csv"}, "is a file; expected the folder that holds it"),
        (
            {"input_config": Input(splits=[Input.Split(name="a", pattern="penguin.csv")])},
            "matches no file in .*found penguins.csv. Close to it: penguins.csv",
        ),
        (
            {
                "output_config": Output(
                    split_config=SplitConfig(splits=[split("a")], partition_feature_name="x")
                )
            },
            "partition_feature_name='x' is no column; expected one of",
        ),
        (
            {"range_config": RangeConfig(static_range=StaticRange(start_span_number=1, end_span_number=2))},
            "asks for spans 1 to 2. Give the same number",
        ),
        (
            {"range_config": RangeConfig(rolling_range=RollingRange(num_spans=2))},
            "num_spans must be 1, got 2",
        ),
        (
            {"range_config": RangeConfig(static_range=StaticRange(start_span_number=1, end_span_number=1))},
            "span 1 was asked for, but split 'single_split' has pattern .* without a span",
        ),
    ],
)
def test_what_the_data_does_not_have_is_named(context, csv, changes, message):
    arguments = {"input_base": csv, **changes}
    arguments["input_base"] = arguments["input_base"].format(csv=csv)
    with pytest.raises((InputError, SpecError), match=message):
        context.run(CsvExampleGen(**arguments))


def test_a_broken_file_leaves_a_failed_execution(context, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("x,y\n")
    with pytest.raises(InputError, match=r"has no rows: .*a\.csv hold only a header"):
        context.run(CsvExampleGen(input_base=str(tmp_path / "data")))
    assert not list((tmp_path / "root").rglob("Split-*"))
