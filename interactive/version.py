"""The version, as the installed distribution says it."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("cellwise")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+unknown"
