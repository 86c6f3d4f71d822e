"""From examples to a blessed model with both families of Keras, each in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def flow(folder, family, how, legacy):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_USE_LEGACY_KERAS": legacy}
    if legacy == "unset":
        del environment["TF_USE_LEGACY_KERAS"]
    script = Path(__file__).with_name("keras_flow.py")
    done = subprocess.run(
        [sys.executable, str(script), str(folder), family, how],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("family", "how", "legacy"),
    [
        ("keras3", "module", "0"),
        ("keras3", "module", "1"),
        ("keras3", "attribute", "unset"),
        ("keras3", "archive", "unset"),
        ("keras3", "export", "0"),
        ("keras2", "module", "1"),
        ("keras2", "keras2", "1"),
    ],
)
def test_a_model_is_trained_saved_evaluated_and_served(tmp_path, family, how, legacy):
    found = flow(tmp_path, family, how, legacy)
    assert found["family"] == {"keras3": "keras", "keras2": "tf_keras"}[family]
    assert found["blessed"] is True
    assert found["metrics"]["example_count"] == 166
    assert found["metrics"]["sparse_categorical_accuracy"] > 0.8
    assert found["scores"] == (None if how == "export" else [1, 3])
