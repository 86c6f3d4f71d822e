"""A run_fn's way from raw examples to a blessed model, for one family of Keras and one way to save.

Run as a script: ``keras_flow.py FOLDER FAMILY SAVE``. It prints one line of JSON.
"""

import json
import sys
from pathlib import Path


def preprocessing_fn(inputs):
    import tensorflow_transform as tft

    from tests.engines import penguin_records

    outputs = {name: tft.scale_to_z_score(inputs[name]) for name in penguin_records.NUMBERS}
    outputs["species_xf"] = tft.compute_and_apply_vocabulary(inputs["species"])
    return outputs


def build(keras, names):
    inputs = {name: keras.Input((1,), name=name) for name in names}
    hidden = keras.layers.Dense(8, "relu")(keras.layers.Concatenate()(list(inputs.values())))
    model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(hidden))
    model.compile(
        keras.optimizers.Adam(0.02),
        "sparse_categorical_crossentropy",
        metrics=["sparse_categorical_accuracy"],
    )
    return model


def signatures(model, tf_transform_output, label, names):
    """The two signatures that Evaluator, Pusher and serving ask for, from raw examples."""
    import tensorflow as tf

    transform = tf_transform_output.transform_features_layer()
    raw = tf_transform_output.raw_feature_spec()
    serialized = [tf.TensorSpec([None], tf.string, name="examples")]

    @tf.function(input_signature=serialized)
    def serving_default(examples):
        spec = {name: feature for name, feature in raw.items() if name != label}
        features = transform(tf.io.parse_example(examples, spec))
        return {"outputs": model({name: features[name] for name in names})}

    @tf.function(input_signature=serialized)
    def transform_features(examples):
        return transform(tf.io.parse_example(examples, raw))

    return transform, {
        "serving_default": serving_default,
        "transform_features": transform_features,
    }


def save(how, model, transform, functions, path):
    import tensorflow as tf

    if how == "module":
        module = tf.Module()
        module.model, module.transform = model, transform
        tf.saved_model.save(module, path, signatures=functions)
    elif how == "attribute":
        model.tft_layer = transform
        tf.saved_model.save(model, path, signatures=functions)
    elif how == "archive":
        import keras

        archive = keras.export.ExportArchive()
        archive.track(model)
        archive.track(transform)
        for name, function in functions.items():
            archive.add_endpoint(name, function)
        archive.write_out(path)
    elif how == "export":
        model.export(path)
    elif how == "keras2":
        model.tft_layer = transform
        model.save(path, save_format="tf", signatures=functions)
    else:
        raise ValueError(how)


def main(folder, family, how):
    import tensorflow as tf
    import tensorflow_model_analysis as tfma
    import tensorflow_transform as tft
    from tensorflow_model_analysis.proto import config_pb2
    from tfx_bsl.public.tfxio import TensorFlowDatasetOptions

    from interactive.engines.api import EvaluationRequest, TransformRequest
    from interactive.engines.beam.evaluation import evaluate
    from interactive.engines.beam.transform import transform
    from interactive.engines.data_accessor import make_data_accessor
    from tests.engines import penguin_records

    root = Path(folder)
    rows = penguin_records.rows()
    train = penguin_records.write(root / "raw" / "Split-train", rows[::2])
    evaluation = penguin_records.write(root / "raw" / "Split-eval", rows[1::2])
    transform(
        TransformRequest(
            analyze={"train": [train]},
            transform={"train": [train], "eval": [evaluation]},
            schema_path=penguin_records.write_schema(root / "schema.pbtxt", rows, True),
            preprocessing_fn=preprocessing_fn,
            graph_dir=str(root / "graph"),
            transformed_dir=str(root / "transformed"),
        )
    )
    if family == "keras3":
        import keras
    else:
        keras = tf.keras
    output = tft.TFTransformOutput(str(root / "graph"))
    dataset = make_data_accessor().tf_dataset_factory(
        [str(root / "transformed" / "Split-train" / "*")],
        TensorFlowDatasetOptions(batch_size=32, label_key="species_xf"),
        output.transformed_metadata.schema,
    )
    keras.utils.set_random_seed(3)
    model = build(keras, penguin_records.NUMBERS)
    model.fit(dataset, steps_per_epoch=60, verbose=0)
    layer, functions = signatures(model, output, "species", penguin_records.NUMBERS)
    save(how, model, layer, functions, str(root / "model"))

    spec = {"signature_name": "serving_default", "label_key": "species_xf"}
    if how == "export":
        evaluation = str(root / "transformed" / "Split-eval")
    else:
        spec["preprocessing_function_names"] = ["transform_features"]
    threshold = config_pb2.MetricThreshold(
        value_threshold=config_pb2.GenericValueThreshold(lower_bound={"value": 0.8})
    )
    outcome = evaluate(
        EvaluationRequest(
            eval_config=config_pb2.EvalConfig(
                model_specs=[config_pb2.ModelSpec(**spec)],
                slicing_specs=[config_pb2.SlicingSpec()],
                metrics_specs=[
                    config_pb2.MetricsSpec(
                        metrics=[
                            config_pb2.MetricConfig(class_name="ExampleCount"),
                            config_pb2.MetricConfig(
                                class_name="SparseCategoricalAccuracy", threshold=threshold
                            ),
                        ]
                    )
                ],
            ),
            model_path=str(root / "model"),
            baseline_path=None,
            examples=(evaluation,),
            schema_path=None,
            output_dir=str(root / "evaluation"),
        )
    )
    ((_, metrics),) = tfma.load_eval_result(str(root / "evaluation")).slicing_metrics
    found = {name: value["doubleValue"] for name, value in metrics[""][""].items()}
    served = tf.saved_model.load(str(root / "model")).signatures["serving_default"]
    scores = None
    if how != "export":
        record = penguin_records.example({k: v for k, v in rows[0].items() if k != "species"})
        scores = served(examples=tf.constant([record.SerializeToString()]))["outputs"].shape.as_list()
    made_by = type(model).__module__.split(".")[0]
    result = {"blessed": outcome.blessed, "metrics": found, "scores": scores, "family": made_by}
    print(json.dumps(result))


if __name__ == "__main__":
    import types

    # Run by path, so the tests' folder is not yet a package.
    package = types.ModuleType("tests")
    package.__path__ = [str(Path(__file__).resolve().parents[1])]
    sys.modules["tests"] = package
    main(*sys.argv[1:])
