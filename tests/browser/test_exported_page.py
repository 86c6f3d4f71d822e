"""The notebook as an exported page, read without scripts and without a network."""

import pytest

from interactive.notebook.html_page import notebook_to_html
from tests.browser.conftest import SIZE, VIEWS
from tests.browser.looks import background, check_views

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("preference", ["light", "dark"])
def test_the_exported_page_needs_no_script_and_no_network(executed, browser, tmp_path, preference):
    file = tmp_path / "penguins.html"
    page_text = notebook_to_html(executed.notebook, title="penguins", folder=executed.lab.folder)
    file.write_text(page_text, encoding="utf-8")
    context = browser.new_context(java_script_enabled=False, viewport=SIZE, color_scheme=preference)
    requests = []
    context.on("request", lambda request: requests.append(request.url))
    try:
        page = context.new_page()
        page.goto(file.as_uri())
        check_views(page, VIEWS, executed.shots / f"exported-{preference}")
        page.screenshot(path=executed.shots / f"exported-{preference}.png")
    finally:
        context.close()
    assert [url for url in requests if not url.startswith("data:")] == [file.as_uri()]


@pytest.mark.parametrize("preference", ["light", "dark"])
def test_a_view_saved_as_a_page_of_its_own_follows_the_preference(executed, browser, tmp_path, preference):
    from widgets import StatisticsView

    found = sorted(executed.lab.folder.glob("*_pipeline/StatisticsGen/statistics/*/Split-*/FeatureStats.pb"))
    splits = {file.parent.name.removeprefix("Split-"): file for file in found}
    assert sorted(splits) == ["eval", "train"]
    file = tmp_path / "statistics.html"
    file.write_text(StatisticsView.from_files(splits).to_html(page=True), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False, viewport=SIZE, color_scheme=preference)
    try:
        page = context.new_page()
        page.goto(file.as_uri())
        check_views(page, ("Statistics",), executed.shots / f"page-{preference}")
        assert (background(page.locator(".cw-view")) < 0.1) is (preference == "dark")
    finally:
        context.close()
