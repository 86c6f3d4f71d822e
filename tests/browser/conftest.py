"""One notebook, executed once in a real JupyterLab, that all tests of the group look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from scripts import live_lab

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from scripts.live_lab import Lab

pytest.register_assert_rewrite("tests.browser.looks")

NAME = "penguins.ipynb"
SIZE = {"width": 1280, "height": 900}
RUN_LIMIT = 120  # seconds; cold imports of TensorFlow Data Validation take most of it
CELLS = (
    new_markdown_cell("# Penguins"),
    new_code_cell(
        "from pathlib import Path\n"
        "from palmerpenguins import load_penguins\n"
        "import interactive as tfx\n"
        "from interactive import InteractiveContext\n\n"
        "Path('data').mkdir()\n"
        "load_penguins().to_csv('data/penguins.csv', index=False)\n"
        "context = InteractiveContext()"
    ),
    new_code_cell("example_gen = tfx.components.CsvExampleGen(input_base='data')\ncontext.run(example_gen)"),
    new_code_cell("context.show(example_gen.outputs['examples'])"),
    new_code_cell(
        "statistics_gen = tfx.components.StatisticsGen(examples=example_gen.outputs['examples'])\n"
        "context.run(statistics_gen)"
    ),
    new_code_cell("context.show(statistics_gen.outputs['statistics'])"),
    new_code_cell(
        "schema_gen = tfx.components.SchemaGen(statistics=statistics_gen.outputs['statistics'])\n"
        "context.run(schema_gen)"
    ),
    new_code_cell("context.show(schema_gen.outputs['schema'])"),
)
VIEWS = ("CsvExampleGen", "Examples", "StatisticsGen", "Statistics", "SchemaGen", "Schema")


@dataclass(frozen=True)
class Executed:
    """The lab with its executed and saved notebook, and what the browser asked for meanwhile."""

    lab: Lab
    page: Page
    requests: list[str]
    shots: Path

    @property
    def notebook(self):
        return nbformat.read(self.lab.folder / NAME, as_version=4)


@pytest.fixture(scope="session")
def browser():
    with live_lab.browser() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def executed(browser: Browser, tmp_path_factory):
    folder, home = tmp_path_factory.mktemp("notebooks"), tmp_path_factory.mktemp("lab")
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(new_notebook(cells=list(CELLS), metadata={"kernelspec": kernel}), folder / NAME)
    requests: list[str] = []
    with live_lab.serve(folder, home) as lab:
        page = browser.new_page(viewport=SIZE)
        page.on("request", lambda request: requests.append(request.url))
        live_lab.open_notebook(page, lab, NAME)
        live_lab.run_all(page, RUN_LIMIT)
        live_lab.save(page)
        yield Executed(lab, page, requests, tmp_path_factory.mktemp("screenshots"))
        page.close()
