"""Trainer with real Keras models, of both Keras families."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.parametrize(("legacy", "family"), [("0", "keras"), ("1", "tf_keras")])
def test_a_notebook_trains_and_trains_on_from_a_base_model(tmp_path, legacy, family):
    done = subprocess.run(
        [sys.executable, "-m", "tests.components.keras_book", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TF_USE_LEGACY_KERAS": legacy},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["keras"] == family
    first, second, third = found["runs"]
    assert [run[0] for run in (first, second, third)] == ["complete", "complete", "cached"]
    assert first[2] > 0.8
    assert second[1] >= first[2] - 0.1  # it began where the first one ended, on five batches
    assert first[1] < 0.7
    assert {"accuracy", "train", "validation"} <= set(first[3])
    assert {"saved_model.pb", "variables", "assets"} <= set(found["saved"])
