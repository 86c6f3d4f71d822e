"""Importing the public face, and making components with it, loads none of the heavy libraries."""

import subprocess
import sys

HEAVY = (
    "IPython",
    "apache_beam",
    "pandas",
    "pyarrow",
    "tensorflow",
    "tensorflow_data_validation",
    "tensorflow_model_analysis",
    "tensorflow_transform",
    "tfx_bsl",
)


def loaded_by(code):
    """Runs code in a fresh interpreter and returns which heavy libraries it had loaded at its end."""
    report = f"\nimport sys\nprint(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code + report], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_importing_the_package_is_light():
    assert loaded_by("import interactive") == []


def test_listing_what_the_package_offers_is_light():
    assert loaded_by("import interactive\ndir(interactive)\nrepr(interactive)") == []


def test_making_a_context_is_light(tmp_path):
    code = f"from interactive import InteractiveContext\nInteractiveContext(pipeline_root={str(tmp_path)!r})"
    assert loaded_by(code) == []


# Without an Evaluator: its argument is an EvalConfig of TFMA, so whoever has one has loaded TFMA.
PIPELINE = """
from interactive import components, proto

components.Evaluator

examples = components.CsvExampleGen(input_base={folder!r})
statistics = components.StatisticsGen(examples=examples.outputs["examples"])
schema = components.SchemaGen(statistics=statistics.outputs["statistics"])
anomalies = components.ExampleValidator(
    statistics=statistics.outputs["statistics"], schema=schema.outputs["schema"]
)
transform = components.Transform(
    examples=examples.outputs["examples"],
    schema=schema.outputs["schema"],
    module_file={module!r},
)
trainer = components.Trainer(
    module_file={module!r},
    examples=transform.outputs["transformed_examples"],
    transform_graph=transform.outputs["transform_graph"],
    train_args=proto.TrainArgs(num_steps=1),
    eval_args=proto.EvalArgs(num_steps=1),
)
pusher = components.Pusher(
    model=trainer.outputs["model"],
    push_destination=proto.PushDestination(
        filesystem=proto.PushDestination.Filesystem(base_directory={folder!r})
    ),
)
"""


def test_making_the_components_of_a_pipeline_is_light(tmp_path):
    module = tmp_path / "module.py"
    module.write_text(
        "import tensorflow\n\n"
        "def preprocessing_fn(inputs):\n    return inputs\n\n"
        "def run_fn(fn_args):\n    pass\n"
    )
    assert loaded_by(PIPELINE.format(folder=str(tmp_path), module=str(module))) == []


def test_the_check_sees_what_is_loaded():
    assert "pandas" in loaded_by("import pandas")


def test_tf_keras_means_the_same_before_and_after_transform_is_imported():
    code = "import interactive, os\nassert os.environ['TF_USE_LEGACY_KERAS'] == '1'"
    assert loaded_by(code) == []
    kept = "import os\nos.environ['TF_USE_LEGACY_KERAS'] = '0'\nimport interactive"
    assert loaded_by(kept + "\nassert os.environ['TF_USE_LEGACY_KERAS'] == '0'") == []
