"""Connection configs of the metadata store, where TFX v1 has them."""

from interactive.metadata.connection_config import sqlite_metadata_connection_config

__all__ = ["sqlite_metadata_connection_config"]
