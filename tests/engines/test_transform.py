"""Transform on Beam, on the palmer penguins."""

import dataclasses
import statistics
from pathlib import Path

import pytest

from interactive.engines.api import StatsType, TransformRequest
from interactive.engines.beam.transform import transform
from interactive.errors import InputError
from tests.engines import penguin_records

OUTPUTS = (
    "pre_transform_schema",
    "pre_transform_stats",
    "post_transform_schema",
    "post_transform_stats",
    "post_transform_anomalies",
)


def to_dense(tensor, default):
    import tensorflow as tf

    if not isinstance(tensor, tf.SparseTensor):
        return tensor
    one_wide = tf.SparseTensor(tensor.indices, tensor.values, [tensor.dense_shape[0], 1])
    return tf.sparse.to_dense(one_wide, default)


def two_phases(inputs):
    import tensorflow_transform as tft

    scaled = tft.scale_to_0_1(inputs["body_mass_g"])
    return {"bucket": tft.bucketize(scaled - tft.mean(scaled), 3)}


def asserts_before_analysis(inputs):
    import tensorflow as tf
    import tensorflow_transform as tft

    with tf.control_dependencies([tf.debugging.assert_less(inputs["body_mass_g"], 4000.0, "too heavy")]):
        mass = tf.identity(inputs["body_mass_g"])
    return {"mass": mass - tft.mean(mass)}


def asserts_without_analysis(inputs):
    import tensorflow as tf

    with tf.control_dependencies([tf.debugging.assert_less(inputs["body_mass_g"], 4000.0, "too heavy")]):
        return {"mass": tf.identity(inputs["body_mass_g"])}


def unknown_width(inputs):
    import tensorflow as tf

    return {"mass": tf.sparse.to_dense(inputs["body_mass_g"])}


def preprocessing_fn(inputs):
    import tensorflow as tf
    import tensorflow_transform as tft

    out = {}
    for name in penguin_records.NUMBERS:
        out[f"{name}_z"] = tft.scale_to_z_score(to_dense(inputs[name], 0.0))
    out["species_id"] = tft.compute_and_apply_vocabulary(
        to_dense(inputs["species"], ""), vocab_filename="species"
    )
    out["mass_bucket"] = tft.bucketize(to_dense(inputs["body_mass_g"], 0.0), 4)
    out["year"] = tf.cast(to_dense(inputs["year"], 0), tf.float32)
    return out


def no_analyzers(inputs):
    return {"double": inputs["body_mass_g"] * 2}


def configured(inputs, custom_config):
    return {"scaled": inputs["body_mass_g"] * custom_config["factor"]}


@pytest.fixture(scope="module")
def penguins(tmp_path_factory):
    root = tmp_path_factory.mktemp("penguins")
    rows = penguin_records.rows()
    train, evaluation = rows[::3] + rows[1::3], rows[2::3]
    return {
        "rows": train,
        "train": penguin_records.write(root / "Split-train", train),
        "eval": penguin_records.write(root / "Split-eval", evaluation),
        "dense": penguin_records.write_schema(root / "dense.pbtxt", rows, True),
        "sparse": penguin_records.write_schema(root / "sparse.pbtxt", rows, False),
    }


@pytest.fixture
def make_request(penguins, tmp_path):
    def make(name="one", schema="dense", **changes):
        root = tmp_path / name
        base = TransformRequest(
            analyze={"train": [penguins["train"]]},
            transform={"train": [penguins["train"]], "eval": [penguins["eval"]]},
            schema_path=penguins[schema],
            preprocessing_fn=preprocessing_fn,
            graph_dir=str(root / "graph"),
            transformed_dir=str(root / "examples"),
            statistics_dirs={output: str(root / output) for output in OUTPUTS},
        )
        return dataclasses.replace(base, **changes)

    return make


def in_bytes(example):
    return example.SerializeToString(deterministic=True)


def values(example, name):
    kind = example.features.feature[name].WhichOneof("kind")
    return list(getattr(example.features.feature[name], kind).value)


@pytest.mark.slow
def test_writes_what_a_transform_run_writes(make_request, penguins):
    import tensorflow_data_validation as tfdv
    import tensorflow_transform as tft
    from tensorflow_metadata.proto.v0 import anomalies_pb2

    request = make_request()
    report = transform(request)

    assert report.engine == "beam"
    assert report.counts == {"train": 222, "eval": 111}
    output = tft.TFTransformOutput(request.graph_dir)
    assert output.vocabulary_size_by_name("species") == 3
    assert "island" in output.raw_feature_spec()
    assert "body_mass_g_z" in output.transformed_feature_spec()
    assert {path.name for path in Path(request.graph_dir).iterdir()} == {
        "transform_fn",
        "transformed_metadata",
        "metadata",
    }
    assert not list(Path(request.graph_dir).parent.glob(".transform-*"))

    masses = [row["body_mass_g"] for row in penguins["rows"]]
    written = penguin_records.read(f"{request.transformed_dir}/Split-train")
    expected = (masses[0] - statistics.fmean(masses)) / statistics.pstdev(masses)
    assert values(written[0], "body_mass_g_z") == pytest.approx([expected], abs=1e-5)
    assert len(written) == len(masses)

    folder = request.statistics_dirs
    before = tfdv.load_stats_binary(f"{folder['pre_transform_stats']}/FeatureStats.pb")
    after = tfdv.load_stats_binary(f"{folder['post_transform_stats']}/FeatureStats.pb")
    assert before.datasets[0].num_examples == 222
    assert {f.path.step[0] for f in before.datasets[0].features} == {
        *penguin_records.NUMBERS,
        "species",
        "year",
    }
    assert after.datasets[0].num_examples == 333
    schema = tfdv.load_schema_text(f"{folder['post_transform_schema']}/schema.pbtxt")
    assert {f.name for f in schema.feature} == {f.path.step[0] for f in after.datasets[0].features}
    assert tfdv.load_schema_text(f"{folder['pre_transform_schema']}/schema.pbtxt").feature
    anomalies = anomalies_pb2.Anomalies.FromString(
        (Path(folder["post_transform_anomalies"]) / "SchemaDiff.pb").read_bytes()
    )
    assert anomalies.HasField("baseline")
    assert not anomalies.anomaly_info


@pytest.mark.slow
@pytest.mark.parametrize("schema", ["dense", "sparse"])
def test_both_ways_to_apply_agree(make_request, schema):
    import tensorflow_data_validation as tfdv

    here = make_request("here", schema)
    beam = make_request("beam", schema)
    assert transform(here, apply="in_process").counts == transform(beam, apply="beam").counts
    for split in ("train", "eval"):
        one = penguin_records.read(f"{here.transformed_dir}/Split-{split}")
        two = penguin_records.read(f"{beam.transformed_dir}/Split-{split}")
        assert sorted(map(in_bytes, one)) == sorted(map(in_bytes, two))
    for output in ("pre_transform_stats", "post_transform_stats"):
        one, two = (
            tfdv.load_stats_binary(f"{request.statistics_dirs[output]}/FeatureStats.pb").datasets[0]
            for request in (here, beam)
        )
        assert one.num_examples == two.num_examples
        by_name = {feature.path.step[0]: feature for feature in two.features}
        assert len(by_name) == len(one.features)
        for feature in one.features:
            other = by_name[feature.path.step[0]]
            assert feature.type == other.type
            assert feature.string_stats == other.string_stats
            assert feature.num_stats.mean == pytest.approx(other.num_stats.mean, rel=1e-6)
            assert feature.num_stats.std_dev == pytest.approx(other.num_stats.std_dev, rel=1e-6)
            assert feature.num_stats.max == other.num_stats.max
    for output in ("post_transform_schema", "pre_transform_schema"):
        name = "schema.pbtxt"
        assert (Path(here.statistics_dirs[output]) / name).read_text() == (
            Path(beam.statistics_dirs[output]) / name
        ).read_text()


@pytest.mark.slow
def test_the_same_request_writes_the_same_examples(make_request):
    one, two = make_request("one"), make_request("two")
    transform(one)
    transform(two)
    file = "Split-train/transformed_examples-00000-of-00001.gz"
    assert (Path(one.transformed_dir) / file).read_bytes() == (Path(two.transformed_dir) / file).read_bytes()


@pytest.mark.slow
def test_a_function_without_analyzers_and_without_outputs_to_write(make_request):
    import tensorflow_transform as tft

    request = make_request(preprocessing_fn=no_analyzers, transformed_dir=None, statistics_dirs={})
    assert transform(request).counts == {}
    assert list(tft.TFTransformOutput(request.graph_dir).transformed_feature_spec()) == ["double"]


@pytest.mark.slow
@pytest.mark.parametrize("cached", [False, True])
def test_analyzers_that_need_the_results_of_others(make_request, penguins, tmp_path, cached):
    cache = str(tmp_path / "cache") if cached else None
    request = make_request(preprocessing_fn=two_phases, analyzer_cache_out=cache)
    transform(request)
    written = penguin_records.read(f"{request.transformed_dir}/Split-train")
    pairs = zip(penguins["rows"], written, strict=True)
    buckets = [bucket for _, bucket in sorted((r["body_mass_g"], values(e, "bucket")[0]) for r, e in pairs)]
    assert buckets == sorted(buckets)
    assert set(buckets) == {0, 1, 2}


@pytest.mark.slow
def test_custom_config_and_statistics_options_reach_the_user(make_request, penguins):
    import tensorflow_data_validation as tfdv

    asked = []

    def update(kind, options):
        asked.append(kind)
        options.num_top_values = 2
        return options

    request = make_request(
        preprocessing_fn=configured,
        custom_config={"factor": 3.0},
        stats_options_updater_fn=update,
    )
    transform(request)
    first = penguin_records.read(f"{request.transformed_dir}/Split-train")[0]
    assert values(first, "scaled") == [penguins["rows"][0]["body_mass_g"] * 3.0]
    assert set(asked) == {StatsType.PRE_TRANSFORM, StatsType.POST_TRANSFORM}
    stats = tfdv.load_stats_binary(f"{request.statistics_dirs['pre_transform_stats']}/FeatureStats.pb")
    assert {f.path.step[0] for f in stats.datasets[0].features} == {"body_mass_g"}


@pytest.mark.slow
def test_missing_values_with_a_dense_schema_are_named(make_request, tmp_path, penguins):
    rows = penguin_records.rows(complete=False)
    folder = penguin_records.write(tmp_path / "Split-train", rows)
    request = make_request(analyze={"train": [folder]}, transform={"train": [folder]})
    with pytest.raises(InputError, match=r"of 344 examples .*body_mass_g in 2.*infer_feature_shape=False"):
        transform(request)
    assert not list(Path(request.graph_dir).parent.glob(".transform-*"))
    sparse = make_request("sparse", "sparse", analyze=request.analyze, transform=request.transform)
    assert transform(sparse).counts == {"train": 344}


@pytest.mark.slow
@pytest.mark.parametrize("function", [asserts_before_analysis, asserts_without_analysis])
def test_an_operation_that_fails_on_the_data_is_named(make_request, function):
    with pytest.raises(InputError, match=r"(?s)fails on the data: .*too heavy") as caught:
        transform(make_request(preprocessing_fn=function))
    assert "Batch instances" not in str(caught.value)


@pytest.mark.slow
def test_a_dense_output_of_unknown_width_is_explained(make_request):
    with pytest.raises(InputError, match=r"dense tensor whose second dimension .*dense_shape"):
        transform(make_request(schema="sparse", preprocessing_fn=unknown_width))


@pytest.mark.slow
def test_the_analyzer_cache_is_reused_for_folders_seen_before(make_request, penguins, tmp_path):
    cache = str(tmp_path / "cache1")
    first = make_request("first", analyzer_cache_out=cache)
    report = transform(first)
    assert report.notes == ()

    both = {"train": [penguins["train"]], "eval": [penguins["eval"]]}
    second = make_request(
        "second", analyze=both, analyzer_cache_in=cache, analyzer_cache_out=str(tmp_path / "cache2")
    )
    report = transform(second)
    assert any("covered 1 of 2" in note for note in report.notes)

    third = make_request("third", analyze=both, analyzer_cache_in=str(tmp_path / "cache2"))
    report = transform(third)
    assert any("covered 2 of 2" in note for note in report.notes)

    fresh = make_request("fresh", analyze=both)
    transform(fresh)
    one, two, three = (
        penguin_records.read(f"{request.transformed_dir}/Split-eval") for request in (fresh, second, third)
    )
    for expected, cached, again in zip(one, two, three, strict=True):
        assert values(expected, "species_id") == values(cached, "species_id")
        assert values(expected, "mass_bucket") == values(again, "mass_bucket")
        assert values(expected, "body_mass_g_z") == pytest.approx(values(cached, "body_mass_g_z"), abs=1e-5)


def test_all_or_no_statistics(make_request):
    request = make_request(statistics_dirs={"pre_transform_stats": "x"})
    with pytest.raises(InputError, match="pre_transform_schema, post_transform_schema"):
        transform(request)


def test_nothing_to_analyse(make_request):
    with pytest.raises(InputError, match="at least one split to analyse"):
        transform(make_request(analyze={}))
