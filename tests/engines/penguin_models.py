"""Small models of the penguins, saved in the ways that users save them."""

import numpy as np

from tests.engines import penguin_records

SPECIES = ("Adelie", "Chinstrap", "Gentoo")


MEANS = np.array([44.0, 17.2, 201.0, 4207.0], np.float32)
DEVIATIONS = np.array([5.5, 2.0, 14.0, 805.0], np.float32)


def standardised(values):
    """The four measures with about zero mean and unit variance; numpy or tensor."""
    return (values - MEANS) / DEVIATIONS


def matrix(rows):
    """The four measures of rows, standardised."""
    values = [[row[name] for name in penguin_records.NUMBERS] for row in rows]
    return standardised(np.array(values, np.float32))


def labelled(rows, label="species_id"):
    """The rows with an integer label of the species, a binary one and no missing value."""
    return [
        {**row, label: SPECIES.index(row["species"]), "heavy": int(row["body_mass_g"] > 4200)} for row in rows
    ]


def train(keras, rows, kind="species", epochs=30):
    """Trains a model of the given kind with ``keras`` or ``tf_keras``."""
    keras.utils.set_random_seed(1)
    units, loss, target = {
        "species": (3, keras.losses.SparseCategoricalCrossentropy(from_logits=False), "species_id"),
        "heavy": (1, "binary_crossentropy", "heavy"),
        "mass": (1, "mean_squared_error", "bill_length_mm"),
    }[kind]
    activation = {"species": "softmax", "heavy": "sigmoid", "mass": None}[kind]
    inputs = keras.Input((4,), name="measures")
    hidden = keras.layers.Dense(8, activation="relu")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(units, activation=activation)(hidden))
    model.compile(keras.optimizers.Adam(0.02), loss)
    y = np.array([row[target] for row in rows])
    model.fit(matrix(rows), y, epochs=epochs, batch_size=32, verbose=0)
    return model


def signature(model, key="outputs"):
    """A serving function from serialised raw examples."""
    import tensorflow as tf

    spec = {name: tf.io.FixedLenFeature([1], tf.float32) for name in penguin_records.NUMBERS}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serve(examples):
        parsed = tf.io.parse_example(examples, spec)
        values = tf.concat([parsed[name] for name in penguin_records.NUMBERS], axis=1)
        return {key: model(standardised(values))}

    return serve
