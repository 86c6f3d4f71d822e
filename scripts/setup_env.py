"""Make the project's virtual environment: pick the lock that fits this machine and install it.

Run by ``scripts/setup.sh`` with the Python that the environment will use; standard library only.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK_NAME = re.compile(r"glibc-(\d+)\.(\d+)-py(\d)(\d+)\.txt")

# The newest ml-metadata and TFDV wheels need it; the older ones exist for Python 3.11 only.
MODERN_GLIBC = (2, 39)


class SetupError(Exception):
    """The environment cannot be made; the message says what to do."""


@dataclass(frozen=True)
class Machine:
    """What decides which wheels fit: operating system, processor, C library and Python."""

    system: str
    processor: str
    glibc: tuple[int, int] | None
    python: tuple[int, int]

    @classmethod
    def current(cls) -> Machine:
        """Describe the machine and the interpreter that run this script."""
        library, version = platform.libc_ver()
        parts = version.split(".")
        glibc = (int(parts[0]), int(parts[1])) if library == "glibc" and len(parts) > 1 else None
        return cls(platform.system(), platform.machine(), glibc, sys.version_info[:2])

    def __str__(self) -> str:
        libc = f"glibc {self.glibc[0]}.{self.glibc[1]}" if self.glibc else "no glibc"
        python = f"Python {self.python[0]}.{self.python[1]}"
        return f"{self.system} {self.processor}, {libc}, {python}"


def pick_lock(folder: Path, machine: Machine) -> Path | None:
    """Choose the lock made for this Python and the newest glibc that the machine satisfies.

    Args:
        folder: Where the ``glibc-X.Y-pyZZ.txt`` files are.
        machine: What the wheels have to fit.

    Returns:
        The lock, or None when there is none for such a machine.
    """
    if machine.system != "Linux" or machine.processor != "x86_64" or machine.glibc is None:
        return None
    fitting = []
    for path in folder.iterdir():
        match = LOCK_NAME.fullmatch(path.name)
        if match is None:
            continue
        glibc = (int(match[1]), int(match[2]))
        if glibc <= machine.glibc and (int(match[3]), int(match[4])) == machine.python:
            fitting.append((glibc, path))
    return max(fitting)[1] if fitting else None


def check_supported(machine: Machine) -> None:
    """Refuse at once where the dependencies are known to have no wheels.

    Raises:
        SetupError: On Linux with an old glibc and a Python other than 3.11.
    """
    old = machine.glibc is not None and machine.glibc < MODERN_GLIBC
    if machine.system == "Linux" and old and machine.python != (3, 11):
        raise SetupError(
            f"this machine is {machine}. With glibc below 2.39, tensorflow-data-validation and "
            "ml-metadata exist for Python 3.11 only.\n"
            "  Install Python 3.11 (for example `uv python install 3.11`) and run again, "
            "with PYTHON=/path/to/python3.11 if it is not on the PATH."
        )


def run(*command: str | Path) -> None:
    """Run a command in the project's folder, with its output shown.

    Raises:
        SetupError: If the command fails.
    """
    done = subprocess.run([str(part) for part in command], cwd=ROOT, check=False)
    if done.returncode != 0:
        raise SetupError(f"`{' '.join(str(part) for part in command)}` failed (see above)")


def find_uv() -> Path:
    """Find uv, or install it into the project's own ``.uv`` folder.

    Raises:
        SetupError: If this Python has neither venv nor pip.
    """
    found = shutil.which("uv")
    # A version manager's shim may stand for a uv that its selected version does not have.
    if found and subprocess.run([found, "--version"], capture_output=True, check=False).returncode == 0:
        return Path(found)
    home = ROOT / ".uv"
    private = home / "bin" / "uv"
    if private.exists():
        return private
    print("setup: uv is not installed; putting a private copy into .uv", flush=True)
    # Debian splits ensurepip off into python3-venv. Then pip alone will do: PEP 668 allows --target.
    tries = (
        [[sys.executable, "-m", "venv", home], [home / "bin" / "pip", "install", "-q", "uv"]],
        [[sys.executable, "-m", "pip", "install", "-q", "--target", home, "uv"]],
    )
    for commands in tries:
        shutil.rmtree(home, ignore_errors=True)
        failed = None
        for command in commands:
            done = subprocess.run(
                [str(part) for part in command], capture_output=True, text=True, check=False
            )
            if done.returncode != 0:
                failed = done.stderr.strip() or done.stdout.strip()
                break
        if failed is None:
            return private
        print(f"setup: `{' '.join(str(part) for part in command)}` failed:\n{failed}", flush=True)
    raise SetupError(
        "uv could not be installed: this Python has neither a working venv nor pip, or the package "
        "index was not reached (see above).\n"
        "  Debian, Ubuntu: apt install python3-venv\n"
        "  anywhere: install uv (https://docs.astral.sh/uv) and run again"
    )


def is_ours(venv: Path, machine: Machine) -> bool:
    """Tell whether the environment exists and has this machine's Python version."""
    python = venv / "bin" / "python"
    if not python.exists():
        return False
    code = "import sys; print(*sys.version_info[:2])"
    done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.split() == [str(part) for part in machine.python]


def quiet_jupyterlab(venv: Path) -> None:
    """Keep this environment's JupyterLab from asking for news from the internet at its first start."""
    settings = venv / "etc" / "jupyter" / "labconfig" / "page_config.json"
    if not settings.exists():
        settings.parent.mkdir(parents=True, exist_ok=True)
        extension = "@jupyterlab/apputils-extension:announcements"
        settings.write_text(json.dumps({"disabledExtensions": {extension: True}}) + "\n")


def main(arguments: list[str] | None = None) -> int:
    """Make or update the environment and write the stamp file.

    Args:
        arguments: The command line without the program's name; None means ``sys.argv``.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv")
    parser.add_argument("--pick-only", action="store_true", help="print the lock and stop")
    options = parser.parse_args(arguments)
    machine = Machine.current()
    lock = pick_lock(ROOT / "locks", machine)
    if options.pick_only:
        print(lock.relative_to(ROOT) if lock else "none")
        return 0
    started = time.monotonic()
    try:
        check_supported(machine)
        install(options.venv, lock, machine)
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    print(f"setup: ready in {time.monotonic() - started:.0f} s", flush=True)
    return 0


def install(venv: Path, lock: Path | None, machine: Machine) -> None:
    """Install the lock and the project, editable, and write the stamp file when all of it worked.

    Raises:
        SetupError: If a step fails.
    """
    uv = find_uv()
    print(f"setup: {machine}", flush=True)
    if not is_ours(venv, machine):
        run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, venv)
    python = venv / "bin" / "python"
    if shutil.which("c++") is None and shutil.which("g++") is None:
        print(
            "setup: no C++ compiler was found; a few dependencies are built from source and will need one\n"
            "  Debian, Ubuntu: apt install g++ python3-dev",
            flush=True,
        )
    if lock is not None:
        name = lock.relative_to(ROOT)
        print(f"setup: installing {name} into {venv.name} (a few minutes the first time)", flush=True)
        run(uv, "pip", "install", "--python", python, "--require-hashes", "-r", lock)
        run(uv, "pip", "install", "--python", python, "--no-deps", "--editable", ".")
    else:
        print(
            "setup: no lock in locks/ fits this machine; resolving the newest versions that do "
            "(these were not tested together)",
            flush=True,
        )
        run(uv, "pip", "install", "--python", python, "--editable", ".[dev,examples]")
    quiet_jupyterlab(venv)
    (venv / ".cellwise-installed").write_text(f"{lock.name if lock else 'resolved'}\n")


if __name__ == "__main__":
    os.environ.pop("VIRTUAL_ENV", None)  # another active environment must not be mistaken for ours
    sys.exit(main())
