"""Connection configs of the metadata store, with TFX's names."""

from pathlib import Path
from typing import Any

from interactive.errors import SpecError


def sqlite_metadata_connection_config(metadata_db_uri: str) -> Any:
    """A connection to a SQLite file.

    Args:
      metadata_db_uri: The file's path; its folder is made where it is missing.

    Returns:
      A ``ml_metadata.proto.ConnectionConfig``.

    Raises:
      SpecError: The path is empty or names a folder.
    """
    from ml_metadata.proto import metadata_store_pb2

    path = Path(metadata_db_uri) if metadata_db_uri else None
    if path is None or path.is_dir():
        raise SpecError(f"sqlite_metadata_connection_config expects a file's path, got {metadata_db_uri!r}.")
    path.parent.mkdir(parents=True, exist_ok=True)
    config = metadata_store_pb2.ConnectionConfig()
    config.sqlite.filename_uri = str(path)
    config.sqlite.connection_mode = metadata_store_pb2.SqliteMetadataSourceConfig.READWRITE_OPENCREATE
    return config
