"""Transform in process gives what Transform on Beam gives."""

import dataclasses
from pathlib import Path

import pytest

from interactive.engines.api import StatsType, TransformRequest
from interactive.engines.beam import transform as on_beam
from interactive.engines.in_process import InProcessEngine
from tests.engines import transform_cases
from tests.engines.test_transform import OUTPUTS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp("cases")
    (root / "schema.pbtxt").write_text(transform_cases.schema())
    return {
        "train": transform_cases.write(root / "Split-train", transform_cases.rows(700, 1)),
        "eval": transform_cases.write(root / "Split-eval", transform_cases.rows(90, 2)),
        "schema": str(root / "schema.pbtxt"),
    }


@pytest.fixture
def make_request(data, tmp_path):
    def make(name, function, **changes):
        root = tmp_path / name
        base = TransformRequest(
            analyze={"train": [data["train"]]},
            transform={"train": [data["train"]], "eval": [data["eval"]]},
            schema_path=data["schema"],
            preprocessing_fn=function,
            graph_dir=str(root / "graph"),
            transformed_dir=str(root / "examples"),
        )
        return dataclasses.replace(base, **changes)

    return make


def files_below(folder):
    """Relative path to bytes; a record file is its records, without how they were compressed."""
    import tensorflow as tf

    found = {}
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            if path.suffix == ".gz":
                dataset = tf.data.TFRecordDataset(str(path), compression_type="GZIP")
                content = list(dataset.as_numpy_iterator())
            found[str(path.relative_to(folder))] = content
    return found


def same_rows(one, two, rel):
    """Compares examples as dicts of value lists."""
    assert len(one) == len(two)
    for left, right in zip(one, two, strict=True):
        assert left.keys() == right.keys()
        for name, values in left.items():
            if values and isinstance(values[0], float):
                assert values == pytest.approx(right[name], rel=rel, abs=rel), name
            else:
                assert values == right[name], name


# Vocabularies with float32 sums in their lines, which depend on how rows fall into batches.
SUMS = ("assets/weighed", "assets/keys", "assets/related")


def same_graphs(one, two):
    """Compares vocabularies, schemas and the files that there are."""
    left, right = files_below(one), files_below(two)
    assert left.keys() == right.keys()
    for path, content in left.items():
        if path.endswith(SUMS):
            same_lines(content, right[path])
        # TensorFlow names functions by a counter, so a SavedModel's bytes differ from run to run.
        elif not path.endswith(("saved_model.pb", "fingerprint.pb")):
            assert content == right[path], path


def same_lines(one, two):
    """Compares lines of numbers and a token."""
    left, right = one.decode().splitlines(), two.decode().splitlines()
    assert len(left) == len(right)
    for first, second in zip(left, right, strict=True):
        (numbers, token), (others, other) = first.split(" ", 1), second.split(" ", 1)
        assert token == other
        wanted = [float(number) for number in others.split(",")]
        assert [float(number) for number in numbers.split(",")] == pytest.approx(wanted, rel=1e-6)


def assert_agree(here, beam, rel=1e-5):
    """Compares all that two carried out requests have written."""
    import tensorflow as tf

    same_graphs(here.graph_dir, beam.graph_dir)
    for split in here.transform:
        one, two = (
            transform_cases.read(f"{request.transformed_dir}/Split-{split}") for request in (here, beam)
        )
        same_rows(one, two, rel)
    assert tf.saved_model.load(f"{here.graph_dir}/transform_fn").transform_fn is not None


@pytest.mark.parametrize("function", transform_cases.ALL, ids=lambda function: function.__name__)
def test_every_analyzer_agrees_with_beam(make_request, function):
    here, beam = make_request("here", function), make_request("beam", function)
    report = InProcessEngine().transform(here)
    assert report.engine == "in_process"
    assert report.notes == ()
    assert report.counts == on_beam.transform(beam).counts == {"train": 700, "eval": 90}
    # TensorFlow Transform averages the L-moments of batches, so its answer depends on the batches.
    assert_agree(here, beam, rel=0.1 if function is transform_cases.tails else 1e-5)
    assert not list(Path(here.graph_dir).parent.glob(".transform-*"))


def test_statistics_and_custom_config_agree_with_beam(make_request, tmp_path):
    import tensorflow_data_validation as tfdv

    asked = []

    def update(kind, options):
        asked.append(kind)
        options.num_top_values = 3
        return options

    def configured(inputs, custom_config):
        return {"x": inputs["x"] * custom_config["factor"], "tokens": inputs["tokens"]}

    both = []
    for name in ("here", "beam"):
        folders = {output: str(tmp_path / name / output) for output in OUTPUTS}
        both.append(
            make_request(
                name,
                configured,
                custom_config={"factor": 2.0},
                statistics_dirs=folders,
                stats_options_updater_fn=update,
            )
        )
    here, beam = both
    InProcessEngine().transform(here)
    assert set(asked) == {StatsType.PRE_TRANSFORM, StatsType.POST_TRANSFORM}
    on_beam.transform(beam)
    assert_agree(here, beam)
    for output in OUTPUTS:
        left, right = files_below(here.statistics_dirs[output]), files_below(beam.statistics_dirs[output])
        assert left.keys() == right.keys()
        if output.endswith(("schema", "anomalies")):
            assert left == right
    for output in ("pre_transform_stats", "post_transform_stats"):
        one, two = (
            tfdv.load_stats_binary(f"{request.statistics_dirs[output]}/FeatureStats.pb").datasets[0]
            for request in (here, beam)
        )
        assert one == two


@pytest.mark.parametrize(("writer", "reader"), [("here", "beam"), ("beam", "here"), ("here", "here")])
def test_each_engine_uses_the_cache_of_the_other(make_request, data, tmp_path, writer, reader):
    engines = {"here": InProcessEngine().transform, "beam": on_beam.transform}
    function = transform_cases.cached
    both = {"train": [data["train"]], "eval": [data["eval"]]}
    fresh = make_request("fresh", function, analyze=both)
    engines["here"](fresh)

    cache, grown = str(tmp_path / "cache"), str(tmp_path / "grown")
    first = make_request("first", function, analyzer_cache_out=cache)
    assert engines[writer](first).notes == ()
    second = make_request("second", function, analyze=both, analyzer_cache_in=cache, analyzer_cache_out=grown)
    report = engines[reader](second)
    assert any("covered 1 of 2" in note for note in report.notes)
    assert_agree(second, fresh)
    third = make_request("third", function, analyze=both, analyzer_cache_in=grown)
    report = engines["here"](third)
    assert report.engine == "in_process"
    assert any("covered 2 of 2" in note for note in report.notes)
    assert_agree(third, fresh)


def test_two_analysed_folders_agree_with_beam(make_request, data):
    both = {"train": [data["train"]], "eval": [data["eval"]]}
    here, beam = (make_request(name, transform_cases.cached, analyze=both) for name in ("here", "beam"))
    InProcessEngine().transform(here)
    on_beam.transform(beam)
    assert_agree(here, beam)


def test_several_phases_with_a_cache_agree_with_beam(make_request, tmp_path):
    requests = {
        name: make_request(name, transform_cases.phases, analyzer_cache_out=str(tmp_path / f"{name}-cache"))
        for name in ("here", "beam")
    }
    assert InProcessEngine().transform(requests["here"]).engine == "in_process"
    on_beam.transform(requests["beam"])
    assert_agree(requests["here"], requests["beam"])
    written = [files_below(tmp_path / f"{name}-cache").keys() for name in requests]
    assert written[0] == written[1]


def own_analyzer(inputs):
    import apache_beam as beam
    import numpy as np
    import tensorflow as tf
    import tensorflow_transform as tft

    class Largest(beam.PTransform):
        def expand(self, batches):
            largest = batches | beam.Map(lambda batch: batch[0].max()) | beam.CombineGlobally(max)
            return (largest | beam.Map(np.float32),)

    x = inputs["x"]
    (largest,) = tft.experimental.ptransform_analyzer([x], Largest(), [tf.float32], [[]])
    return {"x": x / largest}


def test_a_users_own_analyzer_goes_to_beam_with_a_note(make_request, data):
    request = make_request("own", own_analyzer)
    report = InProcessEngine().transform(request)
    assert report.engine == "beam"
    assert any("PTransform (Largest" in note for note in report.notes)
    largest = max(row["x"][0] for row in transform_cases.read(data["train"]))
    written = transform_cases.read(f"{request.transformed_dir}/Split-train")
    assert max(row["x"][0] for row in written) == pytest.approx(1.0)
    assert largest > 1.0


def test_a_version_of_transform_without_something_goes_to_beam_with_a_note(make_request, monkeypatch):
    from tensorflow_transform.beam import analyzer_impls

    from interactive.engines.in_process import tft_internals

    tft_internals.find.cache_clear()
    monkeypatch.delattr(analyzer_impls, "_split_inputs_by_key")
    report = InProcessEngine().transform(make_request("missing", transform_cases.plain))
    assert report.engine == "beam"
    assert any("analyzer_impls._split_inputs_by_key is missing" in note for note in report.notes)


def test_a_version_of_transform_with_other_arguments_goes_to_beam_with_a_note(make_request, monkeypatch):
    from tensorflow_transform.beam import analyzer_impls

    from interactive.engines.in_process import tft_internals

    tft_internals.find.cache_clear()
    monkeypatch.setattr(analyzer_impls, "_join_boundary_rows", lambda rows: rows)
    report = InProcessEngine().transform(make_request("changed", transform_cases.plain))
    assert report.engine == "beam"
    assert any("_join_boundary_rows takes other arguments: rows" in note for note in report.notes)


def test_an_operation_with_an_unknown_field_is_refused():
    from interactive.engines.in_process.tft_operations import OPERATIONS
    from interactive.engines.in_process.tft_steps import NotCoveredError

    class VocabularyCount:
        _fields = ("label", "at_least")

    VocabularyCount.__module__ = "tensorflow_transform.analyzer_nodes"
    with pytest.raises(NotCoveredError, match="VocabularyCount with at_least"):
        OPERATIONS.check(VocabularyCount())
    VocabularyCount.__module__ = "somewhere"
    VocabularyCount._fields = ("label",)
    with pytest.raises(NotCoveredError, match="VocabularyCount"):
        OPERATIONS.check(VocabularyCount())


def test_every_operation_of_transform_is_known_or_meant_for_beam():
    """A new version's operations show here before a person meets the fall-back."""
    from tensorflow_transform import analyzer_nodes, nodes
    from tensorflow_transform.beam import beam_nodes

    from interactive.engines.in_process.tft_operations import OPERATIONS

    names = {
        name
        for module in (analyzer_nodes, beam_nodes)
        for name, found in vars(module).items()
        if isinstance(found, type) and issubclass(found, nodes.OperationDef) and hasattr(found, "_fields")
    }
    # TensorSource is replaced when the graph is built; InstrumentDatasetCache only counts for Beam.
    for_beam = {"PTransform", "TensorSource", "InstrumentDatasetCache"}
    assert names - for_beam == OPERATIONS.names
