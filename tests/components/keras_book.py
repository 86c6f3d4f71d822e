"""A notebook that trains twice with the Keras that ``tf.keras`` is, the second time from the first model.

Run as a script: ``keras_book.py FOLDER``. It prints one line of JSON.
"""

import json
import sys
from pathlib import Path

CELLS = (
    """
import os
import interactive as tfx
from interactive import InteractiveContext
from interactive.types import Channel
import tensorflow as tf
import tensorflow_transform as tft
from tfx_bsl.public import tfxio

context = InteractiveContext("keras_book")
NUMBERS = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm"]
""",
    """
example_gen = tfx.components.CsvExampleGen(input_base="data")
context.run(example_gen)
statistics_gen = tfx.components.StatisticsGen(examples=example_gen.outputs["examples"])
context.run(statistics_gen)
schema_gen = tfx.components.SchemaGen(statistics=statistics_gen.outputs["statistics"])
context.run(schema_gen)
""",
    """
def preprocessing_fn(inputs):
    outputs = {name: tft.scale_to_z_score(inputs[name]) for name in NUMBERS}
    outputs["label"] = tft.compute_and_apply_vocabulary(inputs["species"])
    return outputs

transform = tfx.components.Transform(
    examples=example_gen.outputs["examples"],
    schema=schema_gen.outputs["schema"],
    preprocessing_fn=preprocessing_fn,
)
context.run(transform)
""",
    """
def dataset(fn_args, files, schema):
    options = tfxio.TensorFlowDatasetOptions(batch_size=20, label_key="label")
    return fn_args.data_accessor.tf_dataset_factory(files, options, schema)

def build():
    tf.keras.utils.set_random_seed(1)
    inputs = {name: tf.keras.Input((1,), name=name) for name in NUMBERS}
    hidden = tf.keras.layers.Dense(8, activation="relu")(
        tf.keras.layers.Concatenate()(list(inputs.values()))
    )
    return tf.keras.Model(inputs, tf.keras.layers.Dense(3)(hidden))

def run_fn(fn_args):
    transformed = tft.TFTransformOutput(fn_args.transform_output)
    schema = transformed.transformed_metadata.schema
    model = build()
    weights = os.path.join(fn_args.custom_config["exchange"], "model.weights.h5")
    if fn_args.base_model:
        loaded = tf.saved_model.load(fn_args.base_model)  # it is a model that loads
        assert "serving_default" in loaded.signatures
        model.load_weights(weights)
    model.compile(
        tf.keras.optimizers.Adam(0.01),
        tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    before = model.evaluate(dataset(fn_args, fn_args.eval_files, schema).take(5), verbose=0)
    history = model.fit(
        dataset(fn_args, fn_args.train_files, schema),
        steps_per_epoch=fn_args.train_steps,
        validation_data=dataset(fn_args, fn_args.eval_files, schema),
        validation_steps=fn_args.eval_steps,
        verbose=0,
        callbacks=[tf.keras.callbacks.TensorBoard(fn_args.model_run_dir)],
    )
    model.save_weights(weights)
    layer = transformed.transform_features_layer()
    spec = {name: transformed.raw_feature_spec()[name] for name in NUMBERS + ["species"]}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serve(serialized):
        features = layer(tf.io.parse_example(serialized, spec))
        return {"outputs": model({name: features[name] for name in NUMBERS})}

    model.layer = layer
    tf.saved_model.save(model, fn_args.serving_model_dir, signatures={"serving_default": serve})
    with open(os.path.join(fn_args.model_run_dir, "accuracy"), "w") as file:
        file.write(f"{before[1]} {history.history['val_accuracy'][-1]}")
""",
    """
def train(base_model=None):
    trainer = tfx.components.Trainer(
        run_fn=run_fn,
        examples=transform.outputs["transformed_examples"],
        transform_graph=transform.outputs["transform_graph"],
        schema=schema_gen.outputs["schema"],
        base_model=base_model,
        train_args=tfx.proto.TrainArgs(num_steps=60),
        eval_args=tfx.proto.EvalArgs(num_steps=5),
        custom_config={"exchange": os.getcwd()},
    )
    state = context.run(trainer).state
    folder = trainer.outputs["model_run"].get()[0].uri
    before, after = map(float, open(os.path.join(folder, "accuracy")).read().split())
    return trainer, state, before, after, sorted(os.listdir(folder))

first = train()
""",
    "second = train(first[0].outputs['model'])",
    "third = train(first[0].outputs['model'])",
)


def main(folder):
    import os

    from tests.cells import Cells
    from tests.components.data import write_penguins

    os.chdir(folder)
    write_penguins("data")
    book = Cells()
    try:
        for cell in CELLS:
            book.run(cell)
        import tensorflow as tf

        (model,) = book["second"][0].outputs["model"].get()
        print(
            json.dumps(
                {
                    "keras": tf.keras.Model.__module__.partition(".")[0],
                    "runs": [book[name][1:] for name in ("first", "second", "third")],
                    "saved": sorted(entry.name for entry in Path(model.uri, "Format-Serving").iterdir()),
                }
            )
        )
    finally:
        book.close()


if __name__ == "__main__":
    main(sys.argv[1])
