"""Make docs/images/notebook.png, the picture of the README: a part of notebooks/penguins.ipynb in JupyterLab.

    .venv/bin/python -m scripts.readme_picture

The notebook's first cells, up to the statistics, run in a temporary folder, in a real JupyterLab with its
light theme, and the window is photographed. It needs the `dev` and `examples` extras and Chromium, and no
network.
"""

import argparse
import io
import tempfile
from pathlib import Path

import nbformat
from PIL import Image
from playwright.sync_api import Page

from scripts import live_lab

WINDOW = {"width": 1100, "height": 900}  # CSS pixels, which is also the picture's size
MOST_BYTES = 300_000
_COLOURS = 192
_RUN_LIMIT = 180  # seconds
_SHOWN = "statistics_gen = "
"""The picture begins with the first code cell that holds this; the notebook is cut after the next one."""


def main() -> None:
    """Make the picture where the first argument says; in docs/images by default."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "target", nargs="?", type=Path, default=live_lab.ROOT / "docs" / "images" / "notebook.png"
    )
    target = parser.parse_args().target
    with tempfile.TemporaryDirectory() as temporary:
        folder, home = Path(temporary, "notebooks"), Path(temporary, "lab")
        folder.mkdir()
        home.mkdir()
        first = _write_notebook(folder / "penguins.ipynb")
        with live_lab.serve(folder, home) as lab, live_lab.browser() as browser:
            page = browser.new_page(viewport={"width": WINDOW["width"], "height": WINDOW["height"]})
            live_lab.open_notebook(page, lab, "penguins.ipynb")
            live_lab.run_all(page, _RUN_LIMIT)
            live_lab.save(page)
            picture = _photograph(page, first)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(picture)
    print(f"{target}: {len(picture):,} bytes")


def _write_notebook(file: Path) -> int:
    """Write the part of the notebook that runs; return the index of the cell that the picture begins with."""
    notebook = nbformat.read(live_lab.ROOT / "notebooks" / "penguins.ipynb", as_version=4)
    first = next(
        (i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code" and _SHOWN in cell.source),
        None,
    )
    if first is None:
        raise ValueError(f"penguins.ipynb has no code cell with {_SHOWN!r}. Name another one in _SHOWN.")
    notebook.cells = notebook.cells[: first + 2]
    nbformat.write(notebook, file)
    return first


def _photograph(page: Page, first: int) -> bytes:
    live_lab.set_theme(page, live_lab.LIGHT)
    errors = page.evaluate(
        """first => {
          const app = window.jupyterapp;
          const panel = app.shell.currentWidget;
          if (!app.shell.leftCollapsed) app.shell.collapseLeft();
          panel.content.activeCellIndex = first;
          panel.content.deselectAll();
          const cells = panel.content.model.sharedModel.toJSON().cells;
          return cells.flatMap(cell => cell.outputs ?? []).filter(each => each.output_type === 'error');
        }""",
        first,
    )
    if errors:
        raise RuntimeError(f"A cell failed: {errors[0]['ename']}: {errors[0]['evalue']}")
    cell = page.locator(f'.jp-Cell[data-windowed-list-index="{first}"]')
    cell.evaluate("cell => cell.scrollIntoView({ block: 'start' })")
    page.mouse.move(0, 0)
    page.locator(".cw-view table").last.wait_for()
    full = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    out = io.BytesIO()
    # A screenshot has few colours: a palette halves its size, and dithering would only add noise.
    full.quantize(_COLOURS, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    if out.tell() > MOST_BYTES:
        raise RuntimeError(
            f"The picture has {out.tell():,} bytes, more than {MOST_BYTES:,}. Use less colours."
        )
    return out.getvalue()


if __name__ == "__main__":
    main()
