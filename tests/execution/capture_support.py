"""A small notebook for tests: cells run in one namespace, and their sources can be found."""

import hashlib
import linecache
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

from interactive.execution.capture import CapturedCode, capture, load_entry

ROOT = Path(__file__).parents[2]


class Notebook:
    """Runs cells as a kernel does, without a kernel."""

    def __init__(self) -> None:
        self.namespace: dict[str, Any] = {"__name__": "__main__", "In": [""]}

    def cell(self, source: str, *, flags: int = 0) -> "Notebook":
        text = dedent(source)
        name = f"<ipython-input-{len(self.namespace['In'])}-{hashlib.sha256(text.encode()).hexdigest()[:12]}>"
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        self.namespace["In"].append(text)
        exec(compile(text, name, "exec", flags=flags, dont_inherit=True), self.namespace)
        return self

    def __getitem__(self, name: str) -> Any:
        return self.namespace[name]

    def capture(self, name: str = "run") -> CapturedCode:
        return capture(self.namespace[name])


def notebook(*cells: str) -> Notebook:
    book = Notebook()
    for cell in cells:
        book.cell(cell)
    return book


def fingerprint(*cells: str) -> str:
    return notebook(*cells).capture().fingerprint


def main_text(code: CapturedCode) -> str:
    return code.files[f"{code.module_name}.py"]


def reload(code: CapturedCode, folder: Path) -> Any:
    return load_entry(code.save(folder), code.entry)


def run_alone(code: CapturedCode, folder: Path, expression: str) -> str:
    """Evaluate an expression over the module `m` in a fresh process; return what it prints."""
    code.save(folder)
    script = f"import {code.module_name} as m; print(repr({expression}))"
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
