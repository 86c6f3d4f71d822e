"""User code that TFX 1.16 and this package both run: the golden metadata was recorded with this file."""

import tensorflow as tf
import tensorflow_transform as tft

NUMBERS = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm")
LABEL = "body_mass_g"


def preprocessing_fn(inputs):
    outputs = {name: tft.scale_to_z_score(inputs[name]) for name in NUMBERS}
    outputs["species"] = tft.compute_and_apply_vocabulary(inputs["species"])
    outputs[LABEL] = inputs[LABEL]
    return outputs


def run_fn(fn_args):
    """Fits the body mass by least squares on transformed examples; serves from raw ones."""
    transformed = tft.TFTransformOutput(fn_args.transform_output)
    files = tf.data.Dataset.list_files(fn_args.train_files, shuffle=False)
    records = list(tf.data.TFRecordDataset(files, compression_type="GZIP").take(fn_args.train_steps))
    examples = tf.io.parse_example(tf.stack(records), transformed.transformed_feature_spec())
    features = tf.concat([tf.reshape(examples[name], [-1, 1]) for name in NUMBERS], axis=1)
    ones = tf.ones([tf.shape(features)[0], 1])
    labels = tf.reshape(examples[LABEL], [-1, 1])
    model = tf.Module()
    matrix = tf.concat([features, ones], axis=1)
    model.weights = tf.Variable(tf.linalg.lstsq(matrix, labels, l2_regularizer=0.01))
    model.layer = transformed.transform_features_layer()
    spec = {name: transformed.raw_feature_spec()[name] for name in (*NUMBERS, "species", LABEL)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serve(serialized):
        ready = model.layer(tf.io.parse_example(serialized, spec))
        columns = tf.concat([tf.reshape(ready[name], [-1, 1]) for name in NUMBERS], axis=1)
        return {"outputs": columns @ model.weights[:-1] + model.weights[-1]}

    tf.saved_model.save(model, fn_args.serving_model_dir, signatures={"serving_default": serve})
