"""The views in a real JupyterLab: live, in both themes, after a reload, and in a notebook not trusted."""

import shutil
from urllib.parse import urlsplit

import pytest

from scripts import live_lab
from tests.browser.conftest import NAME, SIZE, VIEWS
from tests.browser.looks import background, check_views

pytestmark = pytest.mark.browser


def test_all_cells_ran_without_a_word_on_stderr(executed):
    cells = [cell for cell in executed.notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert [o for o in outputs if o.output_type in {"error", "stream"}] == []
    assert len(outputs) == len(VIEWS)


@pytest.mark.parametrize(("theme", "dark"), [(live_lab.LIGHT, False), (live_lab.DARK, True)])
def test_views_are_visible_in_both_themes(executed, theme, dark):
    live_lab.set_theme(executed.page, theme)
    check_views(executed.page, VIEWS, executed.shots / theme)
    assert (background(executed.page.locator(".cw-view").first) < 0.1) is dark


def test_the_plots_of_the_statistics_are_drawn(executed):
    view = executed.page.locator(".cw-view", has_text="Numeric features")
    names = [svg.get_attribute("aria-label") for svg in view.locator("svg[aria-label]").all()]
    assert len(names) == 8  # one for each feature
    assert "Shares of the values of species" in names


def test_views_fit_a_narrow_window(executed):
    """Where a table is wider than the window, it scrolls by itself and the notebook does not."""
    executed.page.set_viewport_size({"width": 800, "height": 900})
    try:
        output = executed.page.locator(".jp-OutputArea-output:has(.cw-view)")
        for each in output.all():
            widths = each.evaluate("e => [e.scrollWidth, e.clientWidth]")
            assert widths[0] <= widths[1] + 1, each.inner_text()[:80]
        region = executed.page.get_by_role("region", name="Numeric features")
        assert region.evaluate(
            "e => e.scrollWidth > e.clientWidth && getComputedStyle(e).overflowX === 'auto'"
        )
        executed.page.screenshot(path=executed.shots / "narrow.png")
    finally:
        executed.page.set_viewport_size(SIZE)


def test_what_was_saved_is_shown_again_without_running(executed):
    executed.page.reload()
    executed.page.wait_for_function(
        "() => window.jupyterapp?.shell.currentWidget?.context?.isReady"
        f" && document.querySelectorAll('.cw-view').length === {len(VIEWS)}"
    )
    check_views(executed.page, VIEWS, executed.shots / "reloaded")


def test_a_notebook_from_elsewhere_keeps_its_tables(executed, browser):
    """JupyterLab strips styles and scripts from the outputs of notebooks that were not run here."""
    folder = executed.lab.folder
    text = (folder / NAME).read_text(encoding="utf-8")
    (folder / "foreign.ipynb").write_text(text.replace("# Penguins", "# Changed"), encoding="utf-8")
    page = browser.new_page(viewport=SIZE)
    try:
        live_lab.open_notebook(page, executed.lab, "foreign.ipynb")
        assert not page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.content.model.cells.get(1).trusted"
        )
        for caption in ("Outputs", "Numeric features (5)", "Categorical features (3)", "Features (8)"):
            table = page.locator("table:visible", has=page.get_by_text(caption, exact=True)).first
            table.scroll_into_view_if_needed()
            box = table.bounding_box()
            assert box is not None
            assert box["width"] > 100
        page.screenshot(path=executed.shots / "untrusted.png")
    finally:
        page.close()
        shutil.rmtree(folder / ".ipynb_checkpoints", ignore_errors=True)


def test_nothing_is_asked_of_another_host(executed):
    hosts = {urlsplit(url).hostname for url in executed.requests if not url.startswith(("data:", "blob:"))}
    assert hosts == {"127.0.0.1"}
