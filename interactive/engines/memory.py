"""How much memory this process may still take."""

import os
from pathlib import Path

_MEMINFO = Path("/proc/meminfo")
_CGROUP = Path("/sys/fs/cgroup")


def available_bytes(meminfo: Path = _MEMINFO, cgroup: Path = _CGROUP) -> int | None:
    """Returns the memory that can be taken without swapping, in bytes.

    The smaller one of what the machine has left (Linux's ``MemAvailable``; elsewhere half of the physical
    memory) and what a container's limit leaves (cgroup version 2).

    Args:
      meminfo: Linux's table of memory.
      cgroup: The folder with the container's ``memory.max`` and ``memory.current``.

    Returns:
      The bytes, or None where the system does not tell.
    """
    found = [size for size in (_machine(meminfo), _container(cgroup)) if size is not None]
    return min(found, default=None)


def _machine(meminfo: Path) -> int | None:
    if meminfo.is_file():
        for line in meminfo.read_text().splitlines():
            name, _, rest = line.partition(":")
            if name == "MemAvailable":
                return int(rest.split()[0]) * 1024
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (ValueError, OSError, AttributeError):
        return None


def _container(cgroup: Path) -> int | None:
    limit, used = cgroup / "memory.max", cgroup / "memory.current"
    if not (limit.is_file() and used.is_file()):
        return None
    text = limit.read_text().strip()
    if text == "max":
        return None
    return max(0, int(text) - int(used.read_text()))
