"""Bad input to Transform in process: the same messages as on Beam."""

import traceback
from pathlib import Path

import pytest

from interactive.engines.api import TransformRequest
from interactive.engines.in_process import InProcessEngine
from interactive.errors import InputError
from tests.engines import penguin_records
from tests.engines import test_transform as on_beam


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("inputs")
    rows = penguin_records.rows()[:60]
    penguin_records.write_schema(root / "dense.pbtxt", rows, True)
    penguin_records.write_schema(root / "sparse.pbtxt", rows, False)
    penguin_records.write(root / "Split-train", rows)
    penguin_records.write(root / "Split-missing", penguin_records.rows(complete=False))
    return root


@pytest.fixture
def run(folder, tmp_path):
    def transform(function, schema="dense", split="train", **changes):
        arguments = {
            "analyze": {"train": [str(folder / f"Split-{split}")]},
            "transform": {"train": [str(folder / f"Split-{split}")]},
            "schema_path": str(folder / f"{schema}.pbtxt"),
            "preprocessing_fn": function,
            "graph_dir": str(tmp_path / "out" / "graph"),
            "transformed_dir": str(tmp_path / "out" / "examples"),
        }
        return InProcessEngine().transform(TransformRequest(**{**arguments, **changes}))

    yield transform
    # Whatever happened, nothing temporary is left.
    assert not list(tmp_path.rglob(".transform-*"))


def test_all_or_no_statistics(run):
    with pytest.raises(InputError, match="pre_transform_schema, post_transform_schema"):
        run(on_beam.no_analyzers, statistics_dirs={"pre_transform_stats": "x"})


def test_nothing_to_analyse(run):
    with pytest.raises(InputError, match="at least one split to analyse"):
        run(on_beam.no_analyzers, analyze={})


def test_a_users_exception_is_the_same_object(run):
    error = RuntimeError("mine")

    def fails(inputs):
        raise error

    with pytest.raises(RuntimeError) as caught:
        run(fails)
    assert caught.value is error
    assert traceback.extract_tb(caught.tb)[-1].name == "fails"


def test_an_unknown_feature_names_the_nearest(run):
    with pytest.raises(InputError, match="Did you mean 'body_mass_g'"):
        run(lambda inputs: {"x": inputs["body_mas_g"]})


def test_missing_values_with_a_dense_schema_are_named(run):
    with pytest.raises(InputError, match=r"of 344 examples .*body_mass_g in 2.*infer_feature_shape=False"):
        run(on_beam.preprocessing_fn, split="missing")
    assert run(on_beam.preprocessing_fn, "sparse", "missing").counts == {"train": 344}


@pytest.mark.parametrize("function", [on_beam.asserts_before_analysis, on_beam.asserts_without_analysis])
def test_an_operation_that_fails_on_the_data_is_named(run, function):
    with pytest.raises(InputError, match=r"fails on the data: assertion failed: \[too heavy\]") as caught:
        run(function)
    assert "site-packages" not in str(caught.value)


def test_the_line_of_an_operation_that_fails_is_named(run):
    def wrong_labels(inputs):
        import tensorflow_transform as tft

        both = inputs["species"], inputs["island"]
        tokens = tf.concat(both, 0)
        tft.vocabulary(tokens, labels=inputs["year"])
        return {"year": inputs["year"]}

    import tensorflow as tf

    with pytest.raises(InputError, match=r"\(line \d+ of .*, in wrong_labels\): assertion failed") as caught:
        run(wrong_labels)
    assert Path(__file__).name in str(caught.value)
    assert "site-packages" not in str(caught.value)


def test_a_dense_output_of_unknown_width_is_explained(run):
    with pytest.raises(InputError, match=r"dense tensor whose second dimension .*dense_shape"):
        run(on_beam.unknown_width, "sparse")


def test_a_damaged_cache_is_not_used(run, tmp_path):
    cache = tmp_path / "cache"
    run(on_beam.preprocessing_fn, analyzer_cache_out=str(cache))
    for manifest in cache.rglob("MANIFEST"):
        manifest.write_bytes(b"rubbish")
    report = run(on_beam.preprocessing_fn, analyzer_cache_in=str(cache))
    assert any("covered 0 of 1" in note for note in report.notes)
    with pytest.raises(InputError, match="Expected an analyzer cache"):
        run(on_beam.preprocessing_fn, analyzer_cache_in=str(tmp_path / "none"))


def test_no_examples_at_all(run, tmp_path):
    import tensorflow_transform as tft

    empty = penguin_records.write(tmp_path / "Split-empty", [])
    report = run(
        on_beam.preprocessing_fn,
        "sparse",
        analyze={"train": [empty]},
        transform={"train": [empty]},
    )
    assert report.counts == {"train": 0}
    output = tft.TFTransformOutput(str(Path(tmp_path / "out" / "graph")))
    # TensorFlow Transform writes one dummy token, because a table cannot be empty.
    assert output.vocabulary_size_by_name("species") == 1
