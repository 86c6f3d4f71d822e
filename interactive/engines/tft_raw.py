"""The raw examples that one Transform request reads: decoded once, looked at as columns or as tensors."""

from collections.abc import Iterator, Sequence
from typing import Any

from interactive.engines import tft_inputs


class Selection:
    """Some of the raw features, as the tensors that ``preprocessing_fn`` is given."""

    def __init__(self, tfxio: Any) -> None:
        """Prepares the conversion.

        Args:
          tfxio: A ``tfx_bsl`` source of just these features; it is never read.
        """
        from tfx_bsl.tfxio import tensor_adapter

        config = tfxio.TensorAdapterConfig()
        self._arrow_schema = config.arrow_schema
        self._adapter = tensor_adapter.TensorAdapter(config)
        self.tensor_names = frozenset(config.tensor_representations)
        self.column_names = tuple(self._arrow_schema.names)

    def tensors(self, batch: Any) -> dict[str, Any]:
        """Converts rows.

        Args:
          batch: A ``pyarrow.RecordBatch`` with at least this selection's columns.

        Returns:
          Feature name to tensor.
        """
        # The decoder's column order is the schema's, the adapter insists on its own.
        ordered = type(batch).from_arrays(
            [batch.column(batch.schema.get_field_index(name)) for name in self.column_names],
            schema=self._arrow_schema,
        )
        converted: dict[str, Any] = self._adapter.ToBatchTensors(ordered, produce_eager_tensors=True)
        return converted


class RawExamples:
    """The features that a request uses, of any of its files."""

    def __init__(self, schema: Any, names: Sequence[str], keep: bool) -> None:
        """Prepares reading.

        Args:
          schema: The raw data's schema.
          names: The features that are used; without any, all are read.
          keep: Whether decoded files stay in memory for the next time they are read.
        """
        from tfx_bsl.tfxio import tf_example_record

        # The pattern is never read: only the schema is used.
        self._tfxio = tf_example_record.TFExampleRecord("unused", schema=schema)
        self._schema = tft_inputs.project(schema, self.select(names).column_names)
        self._kept: dict[str, list[Any]] | None = {} if keep else None

    def select(self, names: Sequence[str]) -> Selection:
        """Chooses features by name; without any, all."""
        return Selection(self._tfxio.Project(list(names)) if names else self._tfxio)

    def batches(self, files: Sequence[str]) -> Iterator[Any]:
        """Decodes record files.

        Args:
          files: TFRecord files, read in order.

        Yields:
          ``pyarrow.RecordBatch`` of the used features' columns.

        Raises:
          InputError: A file is damaged or does not fit the schema.
        """
        if self._kept is None:
            yield from tft_inputs.record_batches(files, self._schema)
            return
        for file in files:
            if file not in self._kept:
                self._kept[file] = list(tft_inputs.record_batches([file], self._schema))
            yield from self._kept[file]
