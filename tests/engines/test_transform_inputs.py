"""Bad input to Transform: what the user reads, before Beam starts."""

import traceback

import pytest

from interactive.engines import tft_inputs, tft_job, tft_preprocessing
from interactive.engines.api import TransformRequest
from interactive.errors import InputError
from tests.engines import penguin_records


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("inputs")
    rows = penguin_records.rows()[:20]
    penguin_records.write_schema(root / "schema.pbtxt", rows, True)
    penguin_records.write(root / "Split-train", rows)
    return root


def prepare(folder, function, **changes):
    arguments = {
        "analyze": {"train": [str(folder / "Split-train")]},
        "transform": {"train": [str(folder / "Split-train")]},
        "schema_path": str(folder / "schema.pbtxt"),
        "preprocessing_fn": function,
        "graph_dir": str(folder / "graph"),
    }
    return tft_job.prepare(TransformRequest(**{**arguments, **changes}), ())


def unused(inputs):
    raise AssertionError("must not be called")


def test_an_unknown_feature_names_the_nearest_and_all(folder):
    def wrong_name(inputs):
        return {"x": inputs["body_mas_g"]}

    with pytest.raises(InputError) as caught:
        prepare(folder, wrong_name)
    text = str(caught.value)
    assert "'body_mas_g'" in text
    assert "Did you mean 'body_mass_g'?" in text
    assert "bill_depth_mm, bill_length_mm, body_mass_g" in text
    assert isinstance(caught.value, KeyError)
    frames = [frame.name for frame in traceback.extract_tb(caught.tb)]
    assert "wrong_name" in frames


def test_a_users_own_key_error_is_left_alone(folder):
    def looks_up(inputs):
        return {"x": {"a": 1}["b"]}

    with pytest.raises(KeyError) as caught:
        prepare(folder, looks_up)
    assert type(caught.value) is KeyError
    assert traceback.extract_tb(caught.tb)[-1].name == "looks_up"


def test_a_users_exception_is_the_same_object(folder):
    error = RuntimeError("mine")

    def fails(inputs):
        raise error

    with pytest.raises(RuntimeError) as caught:
        prepare(folder, fails)
    assert caught.value is error
    assert traceback.extract_tb(caught.tb)[-1].name == "fails"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (None, "found nothing"),
        ([1], "found list"),
        ({}, "found an empty dict"),
        ({"x": 1.5}, "a tensor for 'x', found float"),
        ({3: None}, "to be strings, found 3"),
    ],
)
def test_what_is_not_a_dict_of_tensors(folder, returned, message):
    with pytest.raises(InputError, match=message):
        prepare(folder, lambda inputs: returned)


def test_an_output_type_that_examples_cannot_hold(folder):
    import tensorflow as tf

    with pytest.raises(InputError, match=r"for 'heavy', the types of tf\.Example, found bool"):
        prepare(folder, lambda inputs: {"heavy": tf.greater(inputs["body_mass_g"], 4000.0)})


def test_a_scalar_output(folder):
    import tensorflow_transform as tft

    with pytest.raises(InputError, match=r"one value an example for 'mean'"):
        prepare(folder, lambda inputs: {"mean": tft.mean(inputs["body_mass_g"])})


def test_not_a_function():
    with pytest.raises(InputError, match="to be a function, found str"):
        tft_preprocessing.bind("preprocess.py", None)


def test_missing_custom_config_is_an_empty_dict():
    import tensorflow as tf

    seen = []

    def function(inputs, custom_config):
        seen.append(custom_config)
        return {"x": tf.constant([1.0])}

    tft_preprocessing.bind(function, None)({})
    tft_preprocessing.bind(function, {"a": 1})({})
    assert seen == [{}, {"a": 1}]


def test_columns_that_are_read(folder):
    import tensorflow_transform as tft

    def function(inputs):
        return {
            "z": tft.scale_to_z_score(inputs["body_mass_g"]),
            "raw": inputs["bill_depth_mm"],
        }

    columns = prepare(folder, function).columns
    assert columns.analyze == ("body_mass_g",)
    assert columns.transform == ("bill_depth_mm", "body_mass_g")
    assert columns.used == columns.transform


def test_analyzers_that_need_the_results_of_others_are_seen(folder):
    import tensorflow as tf
    import tensorflow_transform as tft

    def alone(inputs):
        ids = tft.compute_and_apply_vocabulary(inputs["species"])
        return {"ids": ids, "mass": inputs["body_mass_g"] - tft.mean(inputs["body_mass_g"])}

    def through_a_number(inputs):
        mass = inputs["body_mass_g"] - tft.mean(inputs["body_mass_g"])
        return {"mass": mass / tft.max(mass)}

    def through_a_table(inputs):
        ids = tf.cast(tft.compute_and_apply_vocabulary(inputs["species"]), tf.float32)
        return {"ids": ids - tft.mean(ids)}

    assert not prepare(folder, alone).columns.chained
    assert prepare(folder, through_a_number).columns.chained
    assert prepare(folder, through_a_table).columns.chained


def test_missing_and_empty_folders(folder, tmp_path):
    with pytest.raises(InputError, match="'train': expected a folder"):
        prepare(folder, unused, analyze={"train": [str(tmp_path / "none")]})
    with pytest.raises(InputError, match="found an empty folder"):
        prepare(folder, unused, analyze={"train": [str(tmp_path)]})
    with pytest.raises(InputError, match="at least one folder"):
        prepare(folder, unused, analyze={"train": []})


def test_schema_files(folder, tmp_path):
    assert tft_inputs.load_schema(str(folder)).feature
    with pytest.raises(InputError, match="found none"):
        tft_inputs.load_schema(str(tmp_path / "none.pbtxt"))
    (tmp_path / "bad.pbtxt").write_text("feature { nome: 'x' }")
    with pytest.raises(InputError, match="nome"):
        tft_inputs.load_schema(str(tmp_path / "bad.pbtxt"))
    (tmp_path / "empty.pbtxt").write_text("")
    with pytest.raises(InputError, match="at least one feature"):
        tft_inputs.load_schema(str(tmp_path / "empty.pbtxt"))


def test_damaged_records(folder, tmp_path):
    data = (folder / "Split-train" / "data_tfrecord-00000-of-00001.gz").read_bytes()
    broken = tmp_path / "broken.gz"
    broken.write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match=r"broken\.gz"):
        list(tft_inputs.record_batches([str(broken)], None))
    broken.write_bytes(b"not a record file")
    with pytest.raises(InputError, match=r"broken\.gz"):
        list(tft_inputs.record_batches([str(broken)], None))


def test_values_of_another_type_than_the_schema_says(folder):
    from tensorflow_metadata.proto.v0 import schema_pb2

    schema = tft_inputs.load_schema(str(folder))
    for feature in schema.feature:
        if feature.name == "species":
            feature.type = schema_pb2.INT
    file = str(folder / "Split-train" / "data_tfrecord-00000-of-00001.gz")
    with pytest.raises(InputError, match="do not fit the schema"):
        list(tft_inputs.record_batches([file], schema))
