"""A real JupyterLab on loopback, and pages of it in headless Chromium: for browser tests and pictures.

The server has a folder, settings and a token of its own, and the browser is the one found on the PATH:
nothing of the person's own JupyterLab is read or changed, and nothing is downloaded.
"""

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[1]
LIGHT, DARK = "JupyterLab Light", "JupyterLab Dark"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_START_LIMIT = 60  # seconds
_PAGE_LIMIT = 60_000  # milliseconds
_FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
)
# Neither news nor updates: both would ask servers elsewhere.
_SETTINGS: dict[str, dict[str, Any]] = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}

_READY = """() => {
  const panel = window.jupyterapp?.shell.currentWidget;
  const session = panel?.sessionContext;
  const idle = session?.isReady && session.session?.kernel?.status === 'idle';
  return Boolean(idle) && panel.content.widgets.length > 0;
}"""


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab.

    Attributes:
        address: Its base address, `http://127.0.0.1:<port>`.
        token: The token it asks for.
        folder: The folder that it serves.
    """

    address: str
    token: str
    folder: Path

    def url(self, notebook: str) -> str:
        """Return the address of a notebook, given its path below the folder."""
        return f"{self.address}/lab/tree/{notebook}?token={self.token}&reset"


def find_chromium() -> str:
    """Return the path of the system's Chromium.

    Raises:
        FileNotFoundError: There is none on the PATH.
    """
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if found is None:
        raise FileNotFoundError(
            f"None of {', '.join(_BROWSERS)} is on the PATH. Debian: apt install chromium"
        )
    return found


@contextlib.contextmanager
def serve(folder: Path, home: Path) -> Iterator[Lab]:
    """Run a JupyterLab server while the context lasts.

    Args:
        folder: What it serves.
        home: An empty folder for its settings and its log, `lab.log`.

    Raises:
        RuntimeError: It did not start in time; the message holds its log.
    """
    token = secrets.token_hex(16)
    for name, settings in _SETTINGS.items():
        file = home / "settings" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings), encoding="utf-8")
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    environment = {
        **os.environ,
        **{name: str(home / place) for name, place in folders.items()},
        "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))),
        "JUPYTER_TOKEN": token,
    }
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        "--port=0",
        f"--ServerApp.root_dir={folder}",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.extension_manager=readonly",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    with (home / "lab.log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, env=environment, start_new_session=True
        )
        try:
            yield Lab(_address(home, process), token, folder)
        finally:
            _stop(process)


def _address(home: Path, process: subprocess.Popen[bytes]) -> str:
    """Wait for the file in which the server tells its port."""
    end = time.monotonic() + _START_LIMIT
    while time.monotonic() < end and process.poll() is None:
        for file in (home / "runtime").glob("jpserver-*.json"):
            with contextlib.suppress(json.JSONDecodeError):  # still being written
                return f"http://127.0.0.1:{json.loads(file.read_text(encoding='utf-8'))['port']}"
        time.sleep(0.1)
    raise RuntimeError(
        f"JupyterLab did not start within {_START_LIMIT} s. Its log:\n"
        + (home / "lab.log").read_text(encoding="utf-8", errors="replace")
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop the server, which stops its kernels; what is left of its process group is killed."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=20)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=20)


@contextlib.contextmanager
def browser() -> "Iterator[Browser]":
    """Run the system's Chromium, headless, while the context lasts."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=list(_FLAGS))
        try:
            yield chromium
        finally:
            chromium.close()


def open_notebook(page: "Page", lab: Lab, notebook: str) -> None:
    """Open a notebook and wait until its session is ready and its kernel idle."""
    page.set_default_timeout(_PAGE_LIMIT)
    page.goto(lab.url(notebook))
    page.wait_for_function(_READY)
    page.locator(".jp-Notebook .jp-Cell").first.wait_for()


def run_all(page: "Page", limit: float) -> None:
    """Run all cells and wait until the last one has run, or one has failed, and the kernel is idle again.

    Args:
        page: A page with an open notebook.
        limit: Seconds after which waiting fails.
    """
    page.evaluate(
        """() => {
          window.allHaveRun = false;
          window.jupyterapp.commands.execute('notebook:run-all-cells')
            .finally(() => { window.allHaveRun = true; });
        }"""
    )
    page.wait_for_function(
        """() => window.allHaveRun
          && window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'""",
        timeout=limit * 1000,
    )


def save(page: "Page") -> None:
    """Save the open notebook and wait until it is written."""
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")


def set_theme(page: "Page", theme: str) -> None:
    """Change JupyterLab's theme, `LIGHT` or `DARK`, and wait until it is there."""
    page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
    page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)
