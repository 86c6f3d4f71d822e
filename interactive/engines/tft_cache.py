"""The analyzer cache: accumulators of folders that were analysed before.

The layout is TensorFlow Transform's own (one folder a data set with ``MANIFEST``, ``METADATA`` and
numbered record files), so other tools can read it. It uses pickle in three places, and a pickle can
run any code, so nothing here is unpickled before it was seen to hold plain data and known classes
only.
"""

import hashlib
import io
import pickle
import shutil
import struct
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interactive.engines import tft_inputs
from interactive.errors import InputError

MANIFEST = "MANIFEST"

# What the pickles of this cache may name: bytes in protocol 0 are rebuilt with _codecs.encode, and
# quantiles are kept as sketches.
_SKETCHES = "tfx_bsl.cc.tfx_bsl_extension.sketches"
_ALLOWED = frozenset({("_codecs", "encode"), (_SKETCHES, "QuantilesSketch")})

# Two native 64-bit lengths before the two parts of a key-value pair.
_PAIR = struct.Struct("qq")


@dataclass(frozen=True)
class CachedFolder:
    """One analysed folder in a cache.

    Attributes:
      entries: Cache entry key to the accumulators that were stored under it.
    """

    entries: Mapping[bytes, tuple[bytes, ...]]


def dataset_names(folders: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Names each folder after its content, so that a later run recognises it anywhere.

    Args:
      folders: Split name to folders of record files.

    Returns:
      Data set name to the files of that folder. Folders with equal bytes get a number at the end.

    Raises:
      InputError: A folder is missing or empty.
    """
    names: dict[str, list[str]] = {}
    for split, paths in folders.items():
        for path in paths:
            files = tft_inputs.record_files([path], split)
            digest = hashlib.sha256()
            for file in files:
                content = hashlib.sha256()
                with Path(file).open("rb") as stream:
                    while block := stream.read(1 << 20):
                        content.update(block)
                digest.update(content.digest())
            name = f"data-{digest.hexdigest()[:40]}"
            copies = sum(known == name or known.startswith(f"{name}-") for known in names)
            names[name if not copies else f"{name}-{copies}"] = files
    return names


def read(folder: str, names: Collection[str], wanted: Collection[bytes]) -> dict[str, CachedFolder]:
    """Reads what a cache holds of the given data sets.

    Args:
      folder: The cache.
      names: Data set names, from ``dataset_names``.
      wanted: The entry keys that the current ``preprocessing_fn`` can use.

    Returns:
      Data set name to its entries; data sets without any are left out. An entry that does not look
      like one that TensorFlow Transform wrote is not used.

    Raises:
      InputError: The cache's folder does not exist.
    """
    root = Path(folder)
    if not root.is_dir():
        raise InputError(f"Expected an analyzer cache in the folder {folder!r}, found none.")
    found: dict[str, CachedFolder] = {}
    for name in names:
        manifest = read_manifest(root / name / MANIFEST)
        entries: dict[bytes, tuple[bytes, ...]] = {}
        for key, index in manifest.items():
            if key not in wanted:
                continue
            values = tuple(_records(root / name, index))
            if values and all(is_safe_entry(value) for value in values):
                entries[key] = values
        if entries:
            found[name] = CachedFolder(entries)
    return found


def copy_folder(source: str, target: str, name: str) -> None:
    """Copies one data set's cache into another cache, if its manifest can be trusted."""
    origin = Path(source) / name
    if read_manifest(origin / MANIFEST):
        shutil.copytree(origin, Path(target) / name, dirs_exist_ok=True)


def read_manifest(file: Path) -> dict[bytes, int]:
    """Reads which numbered file holds which entry.

    Returns:
      Entry key to file number; empty when there is no manifest or it holds anything else.
    """
    if not file.is_file():
        return {}
    try:
        manifest = _PlainUnpickler(io.BytesIO(file.read_bytes())).load()
    # A damaged pickle can raise nearly anything; a cache that cannot be read is a cache miss.
    except Exception:  # noqa: BLE001
        return {}
    if not isinstance(manifest, dict):
        return {}
    if not all(isinstance(k, bytes) and type(v) is int for k, v in manifest.items()):
        return {}
    return manifest


def is_safe_entry(value: bytes) -> bool:
    """Whether TensorFlow Transform can decode a stored accumulator without running foreign code.

    A coder may unpickle the whole value (quantiles), the second half of a length-prefixed pair
    (anything per key), or nothing (the rest is JSON). Which one applies is not written in the value,
    so it has to be harmless in each reading.
    """
    return not any(_names_foreign_code(part) for part in (value, _pair_value(value)))


class _ForeignCodeError(pickle.UnpicklingError):
    """A pickle names something other than plain data and sketches."""


class _PlainUnpickler(pickle.Unpickler):
    """Loads plain data and quantile sketches; refuses every other name before it is looked up."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _ALLOWED:
            return super().find_class(module, name)
        raise _ForeignCodeError(f"{module}.{name} is not plain data")


def _names_foreign_code(value: bytes) -> bool:
    try:
        _PlainUnpickler(io.BytesIO(value)).load()
    except _ForeignCodeError:
        return True
    # Not a pickle: the real unpickler stops at the same byte, for the same reason.
    except Exception:  # noqa: BLE001
        return False
    return False


def _pair_value(value: bytes) -> bytes:
    if len(value) < _PAIR.size:
        return b""
    token, rest = _PAIR.unpack_from(value)
    if token < 0 or rest < 0 or _PAIR.size + token + rest != len(value):
        return b""
    return value[_PAIR.size + token :]


def _records(folder: Path, index: int) -> Iterator[bytes]:
    for file in sorted(folder.glob(f"{index}-*-of-*")):
        for batch in tft_inputs.serialized_batches([str(file)]):
            yield from batch
