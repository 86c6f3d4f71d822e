"""The readers of ``fn_args.data_accessor``, on real records."""

import numpy as np
import pytest

from interactive.engines import tft_inputs
from interactive.engines.data_accessor import DataAccessor, make_data_accessor
from interactive.errors import InputError
from tests.engines import penguin_records


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    root = tmp_path_factory.mktemp("accessor")
    rows = penguin_records.rows()[:50]
    folder = penguin_records.write(root / "Split-train", rows)
    schema = tft_inputs.load_schema(penguin_records.write_schema(root / "schema.pbtxt", rows, True))
    return rows, f"{folder}/*", schema


def options(**arguments):
    from tfx_bsl.public.tfxio import TensorFlowDatasetOptions

    return TensorFlowDatasetOptions(**arguments)


def test_the_dataset_has_labels_and_dense_tensors(examples):
    rows, pattern, schema = examples
    dataset = make_data_accessor().tf_dataset_factory(
        [pattern], options(batch_size=20, num_epochs=1, shuffle=False, label_key="species"), schema
    )
    batches = list(dataset.as_numpy_iterator())
    assert [len(label) for _, label in batches] == [20, 20, 10]
    features, label = batches[0]
    assert "species" not in features
    assert features["body_mass_g"].shape == (20, 1)
    assert features["body_mass_g"][:, 0].tolist() == [row["body_mass_g"] for row in rows[:20]]
    assert label[0, 0] == rows[0]["species"].encode()


def test_without_num_epochs_it_repeats(examples):
    _, pattern, schema = examples
    dataset = make_data_accessor().tf_dataset_factory([pattern], options(batch_size=32), schema)
    assert sum(1 for _ in dataset.take(5)) == 5


def test_record_batches(examples):
    from tfx_bsl.public.tfxio import RecordBatchesOptions

    rows, pattern, schema = examples
    accessor = make_data_accessor()
    for given in (schema, None):
        batches = list(
            accessor.record_batch_factory(
                [pattern], RecordBatchesOptions(batch_size=40, num_epochs=1, shuffle=False), given
            )
        )
        assert [batch.num_rows for batch in batches] == [40, 10]
        years = batches[0].column(batches[0].schema.get_field_index("year")).to_pylist()
        assert years == [[row["year"]] for row in rows[:40]]


def test_a_keras_3_model_trains_from_it(examples):
    import keras

    _, pattern, schema = examples
    dataset = make_data_accessor().tf_dataset_factory(
        [pattern], options(batch_size=25, num_epochs=1, label_key="year"), schema
    )
    inputs = {name: keras.Input((1,), name=name) for name in ("body_mass_g", "flipper_length_mm")}
    outputs = keras.layers.Dense(1)(keras.layers.Concatenate()(list(inputs.values())))
    model = keras.Model(inputs, outputs)
    model.compile("adam", "mse")
    used = dataset.map(lambda features, label: ({name: features[name] for name in inputs}, label))
    history = model.fit(used, verbose=0)
    assert np.isfinite(history.history["loss"][0])


def test_data_view_functions_pass_through():
    assert make_data_accessor().data_view_decode_fn is None
    accessor = make_data_accessor(len)
    assert isinstance(accessor, DataAccessor)
    assert accessor.data_view_decode_fn is len


def test_bad_input_is_named(examples, tmp_path):
    _, pattern, schema = examples
    dataset = make_data_accessor().tf_dataset_factory
    good = options(batch_size=2)
    with pytest.raises(InputError, match="Expected a schema"):
        dataset([pattern], good)
    with pytest.raises(InputError, match=r"Did you mean 'species'\?.*body_mass_g"):
        dataset([pattern], options(batch_size=2, label_key="specie"), schema)
    with pytest.raises(InputError, match="found none"):
        dataset([str(tmp_path / "*")], good, schema)
    with pytest.raises(InputError, match="at least one file pattern"):
        dataset([], good, schema)
    empty = penguin_records.write(tmp_path / "Split-empty", [])
    with pytest.raises(InputError, match="Expected records in 1 files"):
        dataset([f"{empty}/*"], good, schema)
    with pytest.raises(InputError, match="Expected records in 1 files"):
        make_data_accessor().record_batch_factory([f"{empty}/*"], None)
