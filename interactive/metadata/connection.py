"""One connection to ML Metadata, safe to share between notebooks and threads."""

import fcntl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from interactive.errors import StoreError

ResultT = TypeVar("ResultT")


class Connection:
    """A connection whose every call holds a file lock beside a SQLite store.

    SQLite answers a second writer with an error rather than a wait; the lock makes it a wait.

    Args:
      connection_config: A ``ml_metadata.proto.ConnectionConfig``.

    Raises:
      StoreError: The store cannot be opened.
    """

    def __init__(self, connection_config: Any) -> None:
        from ml_metadata import errors
        from ml_metadata.metadata_store import metadata_store

        self.errors = errors
        self._thread_lock = threading.RLock()
        self._lock_path: Path | None = None
        which = getattr(connection_config, "WhichOneof", lambda _: None)("config")
        if which is None:
            raise StoreError(
                "metadata_connection_config must be a ml_metadata ConnectionConfig that names a store, got "
                f"{connection_config!r}. Make one with sqlite_metadata_connection_config('FILE')."
            )
        if which == "sqlite":
            path = Path(connection_config.sqlite.filename_uri)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock_path = path.with_name(path.name + ".lock")
        try:
            with self._locked():
                self._store = metadata_store.MetadataStore(connection_config)
        except (RuntimeError, errors.StatusError) as error:
            raise StoreError(
                f"The metadata store {self._where(connection_config)} cannot be opened: {error}. "
                "Check that the file is an MLMD SQLite store and that its folder can be written."
            ) from error

    @staticmethod
    def _where(config: Any) -> str:
        return str(config.sqlite.filename_uri) if config.WhichOneof("config") == "sqlite" else "given"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._thread_lock:
            if self._lock_path is None:
                yield
                return
            with self._lock_path.open("w") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield

    def call(self, action: Callable[[Any], ResultT]) -> ResultT:
        """Calls an action with the ``ml_metadata`` store, alone."""
        with self._locked():
            return action(self._store)
