"""CSV to ``tf.Example`` on Beam, with tfx_bsl's CSV decoder: any size, any runner that sees the files."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

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
    import apache_beam as beam
    from tfx_bsl.coders import csv_decoder

    label = split.name
    rows = (
        opened
        | f"Files[{label}]" >> beam.Create(list(split.files))
        | f"Spread[{label}]" >> beam.Reshuffle()
        | f"Read[{label}]" >> beam.FlatMap(_read_checked, names).with_output_types(str)
        | f"Parse[{label}]" >> beam.ParDo(csv_decoder.ParseCSVLine(delimiter=","))
        | f"Cells[{label}]" >> beam.Keys()
    )
    types = rows | f"InferTypes[{label}]" >> beam.CombineGlobally(
        csv_decoder.ColumnTypeInferrer(list(names), skip_blank_lines=True)
    )
    outputs = request.outputs or (OutputSplit(split.name, 1),)
    written = [output.name for output in outputs]
    tags = [f"split_{position}" for position in range(len(outputs))]
    encoded = rows | f"Encode[{label}]" >> beam.FlatMap(
        _encode, beam.pvalue.AsSingleton(types), outputs, request.partition_feature_name
    ).with_outputs(*tags)
    for name, tag in zip(written, tags, strict=True):
        folder = Path(request.output_dir) / f"Split-{name}"
        folder.mkdir(parents=True, exist_ok=True)
        target = str(folder / FILE_PREFIX)
        _ = (
            encoded[tag]
            | f"Shuffle[{name}]" >> beam.Reshuffle()
            | f"Write[{name}]" >> beam.io.WriteToTFRecord(target, file_name_suffix=".gz")
        )
    return written


def _read_checked(file: str, names: tuple[str, ...]) -> Iterator[str]:
    """Yields a file's logical records, each of them checked."""
    for record in csv_input.read_records(file):
        # tfx_bsl's reader never comes back from an unclosed quote, so it is found before.
        csv_input.check_record(record, file, names)
        yield record


def _encode(
    cells: list[bytes],
    columns: Sequence[Any],
    outputs: tuple[OutputSplit, ...],
    feature: str | None,
) -> Iterator[Any]:
    """Yields a row's serialised example, tagged with the split that it belongs to."""
    import apache_beam as beam

    if not cells:
        return
    columns = tuple((column.name, int(column.type)) for column in columns)
    record, target = _encoder(columns, outputs, feature).encode(cells)
    beam.metrics.Metrics.counter(_COUNTERS, outputs[target].name).inc()
    yield beam.pvalue.TaggedOutput(f"split_{target}", record)


@functools.lru_cache(maxsize=16)
def _encoder(
    columns: tuple[tuple[str, int], ...], outputs: tuple[OutputSplit, ...], feature: str | None
) -> "_RowEncoder":
    return _RowEncoder(columns, outputs, feature)


class _RowEncoder:
    """Encodes rows of a table whose column types are known."""

    def __init__(
        self,
        columns: tuple[tuple[str, int], ...],
        outputs: tuple[OutputSplit, ...],
        feature: str | None,
    ) -> None:
        kinds = {name: examples.Kind(kind) for name, kind in columns}
        if feature:
            check_partition_column(feature, kinds)
        self._partitioner = Partitioner(outputs)
        ordered = sorted(enumerate(kinds.items()), key=lambda item: examples.feature_order(item[1][0]))
        self._entries = [(at, name.encode(), kind) for at, (name, kind) in ordered]
        self._key = next(((at, kind) for at, name, kind in self._entries if name.decode() == feature), None)

    def encode(self, cells: list[bytes]) -> tuple[bytes, int]:
        """Returns the serialised example, and the position of its output split."""
        body = b"".join(_entry(name, cells[at], kind) for at, name, kind in self._entries)
        record = examples.encode_example(body)
        key = record
        if self._key is not None:
            at, kind = self._key
            key = examples.encode_feature(cells[at], kind)
        return record, self._partitioner.index(key)


@functools.lru_cache(maxsize=_CACHED_CELLS)
def _entry(name: bytes, cell: bytes, kind: examples.Kind) -> bytes:
    return examples.encode_entry(name, examples.encode_feature(cell, kind))


def _counts(result: Any, names: Sequence[str]) -> Mapping[str, int]:
    import apache_beam as beam

    wanted = beam.metrics.MetricsFilter().with_namespace(_COUNTERS)
    counters = result.metrics().query(wanted)["counters"]
    found = {counter.key.metric.name: counter.result for counter in counters}
    return {name: found.get(name, 0) for name in names}
