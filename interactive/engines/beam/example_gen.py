"""CSV to ``tf.Example`` on Beam, with tfx_bsl's CSV decoder: any size, any runner that sees the files."""

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam
from tfx_bsl.coders import csv_decoder

from interactive.engines import csv_input, examples
from interactive.engines.api import EngineReport, ExamplesRequest, InputSplit, OutputSplit
from interactive.engines.beam.runner import pipeline
from interactive.engines.example_request import check_partition_column, check_request, no_rows
from interactive.engines.partition import Partitioner
from interactive.errors import InputError

FILE_PREFIX = "data_tfrecord"
_COUNTERS = "interactive.example_gen"
_CACHED_CELLS = 1 << 16


def generate_examples(request: ExamplesRequest, beam_pipeline_args: Sequence[str]) -> EngineReport:
    """Reads CSV files and writes gzipped TFRecord files for each split.

    The runner decides how many files a split gets; records are shuffled.

    Args:
      request: What to read and where to write.
      beam_pipeline_args: Flags for Beam.

    Raises:
      InputError: The splits, a file, its header, a row or the flags cannot be used.
    """
    check_request(request)
    headers = {split.name: csv_input.read_header(split.files) for split in request.inputs}
    written: list[str] = []
    try:
        with pipeline(beam_pipeline_args) as opened:
            for split in request.inputs:
                names = headers[split.name].names
                written += _add_split(opened, request, split, names)
    except InputError as error:
        # Beam appends the step's name, which says nothing to the person whose file is wrong.
        raise InputError(str(error).partition(" [while running ")[0]) from error
    counts = _counts(opened.result, written)
    if request.outputs and not sum(counts.values()):
        raise no_rows(request.inputs[0])
    for split in request.inputs:
        if not request.outputs and not counts[split.name]:
            raise no_rows(split)
    notes = [note for header in headers.values() for note in header.notes]
    notes += [f"split {name!r} got no records" for name, count in counts.items() if not count]
    return EngineReport(engine="beam", notes=tuple(notes), counts=counts)


def _add_split(opened: Any, request: ExamplesRequest, split: InputSplit, names: tuple[str, ...]) -> list[str]:
    """Adds one input split's steps to a pipeline, and returns the names of the splits it writes."""
    label = split.name
    rows = (
        opened
        | f"Files[{label}]" >> beam.Create(list(split.files))
        | f"Spread[{label}]" >> beam.Reshuffle()
        | f"Read[{label}]" >> beam.ParDo(_ReadRecords(names))
        | f"Parse[{label}]" >> beam.ParDo(csv_decoder.ParseCSVLine(delimiter=","))
        | f"Cells[{label}]" >> beam.Keys()
    )
    types = rows | f"InferTypes[{label}]" >> beam.CombineGlobally(
        csv_decoder.ColumnTypeInferrer(list(names), skip_blank_lines=True)
    )
    outputs = request.outputs or (OutputSplit(split.name, 1),)
    written = [output.name for output in outputs]
    tags = [f"split_{position}" for position in range(len(outputs))]
    encoded = rows | f"Encode[{label}]" >> beam.ParDo(
        _Encode(outputs, request.partition_feature_name), beam.pvalue.AsSingleton(types)
    ).with_outputs(*tags)
    for name, tag in zip(written, tags, strict=True):
        folder = Path(request.output_dir) / f"Split-{name}"
        folder.mkdir(parents=True, exist_ok=True)
        _ = (
            encoded[tag]
            | f"Shuffle[{name}]" >> beam.Reshuffle()
            | f"Write[{name}]" >> beam.io.WriteToTFRecord(str(folder / FILE_PREFIX), file_name_suffix=".gz")
        )
    return written


@beam.typehints.with_input_types(str)
@beam.typehints.with_output_types(str)
class _ReadRecords(beam.DoFn):
    """File name to logical CSV records, each of them checked."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names

    def process(self, file: str) -> Iterator[str]:
        for record in csv_input.read_records(file):
            # tfx_bsl's reader never comes back from an unclosed quote, so it is found before.
            csv_input.check_record(record, file, self._names)
            yield record


class _Encode(beam.DoFn):
    """A row's cells to a serialised example, in the output of the split that it belongs to."""

    def __init__(self, outputs: tuple[OutputSplit, ...], feature: str | None) -> None:
        self._names = [output.name for output in outputs]
        self._partitioner = Partitioner(outputs)
        self._feature = feature
        self._encoders: list[_CellEncoder] = []
        self._order: list[int] = []
        self._key: int | None = None

    def process(self, cells: list[bytes], columns: Sequence[Any]) -> Iterable[beam.pvalue.TaggedOutput]:
        if not cells:
            return
        if not self._encoders:
            self._prepare(columns)
        body = b"".join(self._encoders[position].entry(cells[position]) for position in self._order)
        record = examples.encode_example(body)
        key = record if self._key is None else self._encoders[self._key].feature(cells[self._key])
        target = self._partitioner.index(key)
        beam.metrics.Metrics.counter(_COUNTERS, self._names[target]).inc()
        yield beam.pvalue.TaggedOutput(f"split_{target}", record)

    def _prepare(self, columns: Sequence[Any]) -> None:
        names = [column.name for column in columns]
        kinds = {column.name: examples.Kind(int(column.type)) for column in columns}
        if self._feature:
            check_partition_column(self._feature, kinds)
            self._key = names.index(self._feature)
        self._encoders = [_CellEncoder(name, kinds[name]) for name in names]
        self._order = sorted(range(len(names)), key=lambda position: names[position].encode())


class _CellEncoder:
    """Encodes the cells of one column, and remembers what it met lately."""

    def __init__(self, name: str, kind: examples.Kind) -> None:
        self._name = name.encode()
        self._kind = kind
        self.entry = functools.lru_cache(maxsize=_CACHED_CELLS)(self._entry)

    def feature(self, cell: bytes) -> bytes:
        return examples.encode_feature(cell, self._kind)

    def _entry(self, cell: bytes) -> bytes:
        return examples.encode_entry(self._name, self.feature(cell))


def _counts(result: Any, names: Sequence[str]) -> Mapping[str, int]:
    counters = result.metrics().query(beam.metrics.MetricsFilter().with_namespace(_COUNTERS))["counters"]
    found = {counter.key.metric.name: counter.result for counter in counters}
    return {name: found.get(name, 0) for name in names}
