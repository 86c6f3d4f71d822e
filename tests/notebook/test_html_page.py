"""The exported page in a real browser: widgets in sandboxed frames run, the network is not touched."""

import http.server
import re
import shutil
import subprocess
import threading

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from interactive.notebook.html_page import notebook_to_html

pytestmark = pytest.mark.browser


@pytest.fixture
def server():
    """A server on loopback that remembers what it was asked for."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}", asked
        running.shutdown()


def dom(page, folder, *options):
    """The document as Chromium has it once its scripts have run."""
    path = folder / "page.html"
    path.write_text(page, encoding="utf-8")
    names = ("chromium", "chromium-browser", "google-chrome")
    browser = next(filter(None, map(shutil.which, names)), None)
    assert browser, "Chromium was not found. Debian: apt install chromium"
    done = subprocess.run(
        [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            f"--user-data-dir={folder / 'profile'}",
            "--virtual-time-budget=3000",
            "--dump-dom",
            *options,
            path.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def page_with(html, folder):
    output = new_output("display_data", data={"text/html": html, "text/plain": "View()"})
    notebook = new_notebook(cells=[new_code_cell("view", outputs=[output])])
    return notebook_to_html(notebook, title="page", folder=folder)


FRAME = (
    "<iframe sandbox='allow-scripts' srcdoc=\"<script>"
    "parent.postMessage(new Function('return 40 + 2')(), '*')</script>\"></iframe>"
    "<output id='heard'>nothing</output>"
    "<script>addEventListener('message', e => "
    "{ document.getElementById('heard').textContent = 'heard ' + e.data })</script>"
)


def test_scripts_in_sandboxed_frames_work(tmp_path):
    assert "heard 42" in dom(page_with(FRAME, tmp_path), tmp_path)


def test_outputs_reach_no_server(tmp_path, server):
    address, asked = server
    html = (
        f"<img src='{address}/img.png'><link rel='stylesheet' href='{address}/style.css'>"
        f"<script src='{address}/script.js'></script><script>fetch('{address}/fetch')</script>"
        f"<iframe src='{address}/frame'></iframe>"
        f"<iframe sandbox='allow-scripts' srcdoc=\"<img src='{address}/inner.png'>\"></iframe>"
    )
    page = page_with(html, tmp_path)
    assert "View()" not in page
    dom(page, tmp_path)
    assert asked == []

    # Without the policy all of them arrive: the test can see what it says is absent.
    open_page, removed = re.subn("<meta[^>]*Content-Security-Policy[^>]*>", "", page)
    assert removed == 1
    dom(open_page, tmp_path)
    paths = {"/img.png", "/style.css", "/script.js", "/fetch", "/frame", "/inner.png"}
    assert paths <= set(asked)
