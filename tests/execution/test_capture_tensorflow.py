"""Capture of what TensorFlow users write: modules that load late, dtypes, tf.function, refusals."""

import re
from pathlib import Path

import pytest

from interactive.errors import CaptureError
from interactive.execution.capture import capture
from tests.execution.capture_support import Notebook, main_text, notebook, reload, run_alone

pytestmark = pytest.mark.slow


def test_a_preprocessing_function(tmp_path: Path) -> None:
    book = notebook(
        """
        import tensorflow as tf
        import tensorflow_transform as tft
        from tensorflow import keras
        FEATURES = {"body_mass_g": tf.float32, "species": tf.int64}
        SHAPE = tf.TensorShape([None, 3])
        SCHEMA = {name: tf.io.FixedLenFeature([], dtype) for name, dtype in FEATURES.items()}

        @tf.function
        def halve(x):
            if tf.reduce_sum(x) > 0:
                return x / 2
            return x

        def build():
            inputs = keras.Input(shape=(1,), name="x")
            return keras.Model(inputs, keras.layers.Dense(1)(inputs))

        def run(x):
            scaled = halve(tf.constant(x, FEATURES["body_mass_g"]))
            facts = SHAPE.as_list(), SCHEMA["species"].dtype.name, tft.__name__
            return scaled.numpy().tolist(), build().count_params(), facts
        """
    )
    code = book.capture()
    assert "import tensorflow as tf" in main_text(code)
    assert "@tf.function" in main_text(code)
    expected = book["run"]([2.0, 4.0])
    assert reload(code, tmp_path)([2.0, 4.0]) == expected
    assert run_alone(code, tmp_path, "m.run([2.0, 4.0])") == repr(expected)


def test_a_custom_layer_and_a_registered_class(tmp_path: Path) -> None:
    book = notebook(
        """
        import tensorflow as tf
        @tf.keras.utils.register_keras_serializable(package="cellwise_test")
        class Scale(tf.keras.layers.Layer):
            def call(self, x):
                return x * FACTOR
        FACTOR = 3.0
        def run(x):
            return Scale()(tf.constant(x)).numpy().tolist()
        """
    )
    assert reload(book.capture(), tmp_path)([1.0]) == [3.0]


def test_the_function_itself_may_be_a_tf_function(tmp_path: Path) -> None:
    book = notebook("import tensorflow as tf\n@tf.function\ndef run(x):\n    return x + 1\n")
    assert reload(book.capture(), tmp_path)(1).numpy() == 2


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("tf.keras.Sequential([tf.keras.layers.Dense(1)])", "a live model"),
        ("tf.keras.layers.Dense(1)", "a live model"),
        ("tf.Variable(1.0)", "a tensor or a variable"),
        ("tf.constant(1.0)", "a tensor or a variable"),
        ("tf.data.Dataset.range(3)", "data is an input"),
        ("tf.function(lambda x: x)", "decorator syntax"),
    ],
)
def test_live_tensorflow_objects_are_refused(expression: str, words: str) -> None:
    book = notebook(f"import tensorflow as tf\nTHING = {expression}\n", "def run():\n    return THING\n")
    with pytest.raises(CaptureError, match="`THING`") as caught:
        book.capture()
    assert re.search(words, str(caught.value))


def test_public_names_are_imported_and_private_routes_do_not_count() -> None:
    import tensorflow as tf

    book = Notebook()
    book.namespace |= {"constant": tf.constant, "Dense": tf.keras.layers.Dense, "math": tf.math}
    book.cell("def run():\n    return constant, Dense, math\n")
    text = main_text(capture(book["run"]))
    assert "from tensorflow import constant" in text
    assert ".src." not in text
    assert "_api" not in text
