import json
from pathlib import Path

import pytest

from interactive import InteractiveContext
from interactive.components import CsvExampleGen, Transform
from interactive.errors import CaptureError, InputError, SpecError
from interactive.proto import SplitsConfig
from interactive.types import Channel, standard_artifacts
from tests.cells import Cells
from tests.components.data import penguins, write_penguins

EXAMPLES = Channel(type=standard_artifacts.Examples)
SCHEMA = Channel(type=standard_artifacts.Schema)

MODULE = """
import tensorflow_transform as tft

def preprocessing_fn(inputs):
    return {"mass": tft.scale_to_z_score(inputs["body_mass_g"]), "species": inputs["species"]}
"""

FAST = {"disable_statistics": True, "disable_analyzer_cache": True}


@pytest.fixture
def module_file(tmp_path):
    path = tmp_path / "transform_module.py"
    path.write_text(MODULE)
    return str(path)


@pytest.fixture
def make(described):
    def build(**arguments):
        return Transform(examples=described.examples, schema=described.schema, **arguments)

    return build


def values(artifact, split, name):
    """All values of a feature in a transformed split."""
    import tensorflow as tf

    files = [str(file) for file in Path(artifact.path(split=split)).iterdir()]
    dataset = tf.data.TFRecordDataset(files, compression_type="GZIP")
    rows = [
        tf.train.Example.FromString(record).features.feature[name] for record in dataset.as_numpy_iterator()
    ]
    return [getattr(row, row.WhichOneof("kind")).value[0] for row in rows]


def only(component, output):
    (artifact,) = component.outputs[output].get()
    return artifact


def names(artifact):
    return {entry.name for entry in Path(artifact.uri).iterdir()}


@pytest.fixture(scope="module")
def full(described, tmp_path_factory):
    """A Transform with all its outputs."""
    path = tmp_path_factory.mktemp("full") / "m.py"
    path.write_text(MODULE)
    component = Transform(examples=described.examples, schema=described.schema, module_file=str(path))
    described.context.run(component)
    return component


@pytest.mark.slow
def test_a_module_file_gives_every_output_in_tfxs_layout(full):
    import tensorflow_transform as tft

    assert names(only(full, "transform_graph")) == {"metadata", "transform_fn", "transformed_metadata"}
    transformed = only(full, "transformed_examples")
    assert transformed.splits == ["train", "eval"]
    assert names(transformed) == {"Split-train", "Split-eval"}
    assert all(file.name.startswith("transformed_examples-") for file in Path(transformed.uri).glob("*/*"))
    mass = values(transformed, "train", "mass")
    assert abs(sum(mass) / len(mass)) < 1e-5
    assert set(values(transformed, "eval", "species")) == {b"Adelie", b"Chinstrap", b"Gentoo"}
    for output, file in (
        ("pre_transform_schema", "schema.pbtxt"),
        ("pre_transform_stats", "FeatureStats.pb"),
        ("post_transform_schema", "schema.pbtxt"),
        ("post_transform_stats", "FeatureStats.pb"),
        ("post_transform_anomalies", "SchemaDiff.pb"),
    ):
        assert names(only(full, output)) == {file}, output
    assert any(Path(only(full, "updated_analyzer_cache").uri).iterdir())
    output = tft.TFTransformOutput(only(full, "transform_graph").uri)
    assert set(output.transformed_feature_spec()) == {"mass", "species"}


@pytest.mark.slow
def test_outputs_that_are_not_wanted_are_not_there(described, make, module_file):
    component = make(module_file=module_file, materialize=False, **FAST)
    assert set(component.outputs) == {"transform_graph"}
    result = described.context.run(component)
    assert result.exec_properties["disable_statistics"] == 1
    assert names(only(component, "transform_graph")) == {"metadata", "transform_fn", "transformed_metadata"}


@pytest.mark.slow
def test_a_function_from_a_cell_and_its_custom_config(described, tmp_path):
    book = Cells()
    try:
        book["described"] = described
        book.run(
            "from interactive.components import Transform\nimport tensorflow as tf\nSHIFT = 10.0\n"
            "def preprocessing_fn(inputs, custom_config):\n"
            "    return {'mass': inputs['body_mass_g'] * custom_config['factor'] + SHIFT}"
        )
        make = (
            "t = Transform(examples=described.examples, schema=described.schema, materialize=True, "
            "preprocessing_fn=preprocessing_fn, custom_config={'factor': FACTOR}, disable_statistics=True, "
            "disable_analyzer_cache=True); described.context.run(t)"
        )
        book["FACTOR"] = 0.0
        result = book.run(make)
        assert result.exec_properties["preprocessing_fn"] == "preprocessing_fn"
        assert json.loads(result.exec_properties["custom_config"]) == {"factor": 0.0}
        assert set(values(only(book["t"], "transformed_examples"), "eval", "mass")) == {10.0}
        assert book.run(make).state == "cached"
        book.run("SHIFT = 20.0")
        assert book.run(make).state == "complete"
        assert set(values(only(book["t"], "transformed_examples"), "eval", "mass")) == {20.0}
        book["FACTOR"] = 1.0
        assert book.run(make).state == "complete"
        book["FACTOR"] = 0.0
        assert book.run(make).state == "cached"
    finally:
        book.close()


@pytest.mark.slow
def test_a_dotted_name_and_an_edit(described, make, tmp_path, monkeypatch):
    (tmp_path / "penguin_features.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    arguments = {"preprocessing_fn": "penguin_features.preprocessing_fn", **FAST}
    assert described.context.run(make(**arguments)).state in {"complete", "cached"}
    (tmp_path / "penguin_features.py").write_text(MODULE.replace('"species":', '"kind":'))
    component = make(**arguments)
    assert described.context.run(component).state == "complete"
    assert set(values(only(component, "transformed_examples"), "eval", "kind")) >= {b"Adelie"}


@pytest.mark.slow
def test_splits_config_names_what_is_analysed_and_transformed(described, make, module_file):
    config = SplitsConfig(analyze=["train", "eval"], transform=["eval"])
    component = make(module_file=module_file, splits_config=config, **FAST)
    result = described.context.run(component)
    transformed = only(component, "transformed_examples")
    assert transformed.splits == ["eval"]
    assert names(transformed) == {"Split-eval"}
    assert json.loads(result.exec_properties["splits_config"]) == {
        "analyze": ["train", "eval"],
        "transform": ["eval"],
    }
    for config in (SplitsConfig(analyze=["test"]), SplitsConfig(analyze=["train"], transform=["test"])):
        with pytest.raises(InputError, match="no split 'test' in the examples, which have train, eval"):
            described.context.run(make(module_file=module_file, splits_config=config, **FAST))


@pytest.mark.slow
@pytest.mark.parametrize("given", [False, True], ids=["in the module file", "as an argument"])
def test_a_stats_options_updater_changes_the_statistics(
    described, make, module_file, given, tmp_path, monkeypatch
):
    import tensorflow_data_validation as tfdv

    updater = (
        "\ndef stats_options_updater_fn(stats_type, stats_options):\n"
        "    stats_options.num_top_values = 1\n    return stats_options\n"
    )
    if given:
        monkeypatch.syspath_prepend(tmp_path)
        (tmp_path / "penguin_options.py").write_text(updater)
        component = make(
            module_file=module_file, stats_options_updater_fn="penguin_options.stats_options_updater_fn"
        )
    else:
        Path(module_file).write_text(MODULE + updater)
        component = make(module_file=module_file)
    described.context.run(component)
    for output in ("pre_transform_stats", "post_transform_stats"):
        (data,) = tfdv.load_stats_binary(f"{only(component, output).uri}/FeatureStats.pb").datasets
        (species,) = [feature for feature in data.features if feature.path.step[0] == "species"]
        assert len(species.string_stats.top_values) == 1


@pytest.mark.slow
def test_an_analyzer_cache_of_an_earlier_run_gives_the_same_answer(described, full, module_file):
    arguments = {"schema": described.schema, "module_file": module_file, "disable_statistics": True}
    again = Transform(
        examples=described.examples,
        analyzer_cache=full.outputs["updated_analyzer_cache"],
        **arguments,
    )
    result = described.context.run(again)
    assert result.state == "complete"
    assert "analyzer_cache" in result.inputs
    first, second = (values(only(t, "transformed_examples"), "train", "mass") for t in (full, again))
    assert second == pytest.approx(first, abs=1e-6)
    assert any(Path(only(again, "updated_analyzer_cache").uri).iterdir())


@pytest.mark.slow
def test_it_is_cached_by_content(described, full, make, tmp_path):
    module = Path(tmp_path / "elsewhere.py")
    module.write_text("# another place, another comment\n" + MODULE)
    assert described.context.run(make(module_file=str(module))).state == "cached"
    # The same penguins from another folder, by another context on the same root.
    moved = CsvExampleGen(input_base=write_penguins(tmp_path / "moved", frame=penguins()))
    context = InteractiveContext("penguins", described.folder / "root")
    assert context.run(moved).state == "cached"
    component = Transform(
        examples=moved.outputs["examples"], schema=described.schema, module_file=str(module)
    )
    assert context.run(component).state == "cached"
    assert only(component, "transform_graph").id == only(full, "transform_graph").id


@pytest.mark.slow
def test_a_function_that_asks_for_what_is_not_there_is_named(described, make, module_file):
    Path(module_file).write_text("def preprocessing_fn(inputs):\n    return {'a': inputs['wingspan']}\n")
    with pytest.raises(Exception, match="wingspan") as caught:
        described.context.run(make(module_file=module_file, **FAST))
    assert any("Transform failed" in note for note in caught.value.__notes__)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"examples": None}, "Transform: argument 'examples' is missing"),
        ({"schema": None}, "Transform: argument 'schema' is missing"),
        ({"schema": EXAMPLES}, "'schema' expects a channel of Schema, got one of Examples"),
        ({"module_file": None}, "takes either preprocessing_fn=, a function, or module_file=.*neither"),
        ({"preprocessing_fn": len}, "both was given"),
        ({"module_file": None, "preprocessing_fn": 3}, "expects a function, or its dotted name, got 3"),
        ({"force_tf_compat_v1": True}, "asks for TensorFlow 1 graphs.*Leave it out"),
        ({"splits_config": SplitsConfig(transform=["a"])}, "must name at least one split to analyze"),
        ({"splits_config": {"analyze": ["train"], "x": 1}}, "is no valid .*SplitsConfig"),
        ({"custom_config": 3}, "custom_config expects a dict, got 3"),
        ({"analyzer_cache": SCHEMA}, "'analyzer_cache' expects a channel of TransformCache"),
        ({"stats_options_updater_fn": 3}, "stats_options_updater_fn expects a function"),
    ],
)
def test_what_cannot_be_right_is_refused_when_it_is_made(module_file, arguments, message):
    with pytest.raises(SpecError, match=message):
        Transform(**{"examples": EXAMPLES, "schema": SCHEMA, "module_file": module_file, **arguments})


def test_a_module_file_without_the_function_is_refused(module_file):
    Path(module_file).write_text("def preprocess(inputs):\n    return inputs\n")
    with pytest.raises(CaptureError, match="preprocessing_fn"):
        Transform(examples=EXAMPLES, schema=SCHEMA, module_file=module_file)
