"""What a person would see of the views on a page, measured in the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator, Page

# Colours as they are painted: layers of translucent backgrounds, and the text's own colour on top of them.
_COLOURS = """(element) => {
  const parse = text => {
    const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
    return text.startsWith('color(') ? [255 * r, 255 * g, 255 * b, a] : [r, g, b, a];
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((value, i) => a * value + (1 - a) * below[i]);
  const layers = [];
  for (let each = element; each; each = each.parentElement) {
    layers.unshift(parse(getComputedStyle(each).backgroundColor));
  }
  const background = layers.reduce((below, layer) => over(layer, below), [255, 255, 255]);
  return { background, text: over(parse(getComputedStyle(element).color), background) };
}"""


def luminance(colour: list[float]) -> float:
    """The relative luminance of a colour, 0 to 1, as WCAG 2 defines it."""
    parts = [value / 255 for value in colour]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(element: Locator) -> float:
    """The contrast, 1 to 21, of an element's text with what is painted behind it."""
    colours = element.evaluate(_COLOURS)
    low, high = sorted((luminance(colours["background"]), luminance(colours["text"])))
    return (high + 0.05) / (low + 0.05)


def background(element: Locator) -> float:
    """The luminance of what is painted behind an element."""
    return luminance(element.evaluate(_COLOURS)["background"])


def check_views(page: Page, titles: tuple[str, ...], shots: Path) -> None:
    """Check that each view is there, whole and readable; a picture of each is left in `shots`."""
    views = page.locator(".cw-view")
    assert views.count() == len(titles)
    shown = [views.nth(i).locator("h2").text_content() for i in range(views.count())]
    assert shown == list(titles)
    shots.mkdir(parents=True, exist_ok=True)
    for i, title in enumerate(titles):
        view = views.nth(i)
        view.scroll_into_view_if_needed()
        view.screenshot(path=shots / f"{i}-{title}.png")
        _check_view(view, title)
    assert page.get_by_text("Error displaying").count() == 0


def _check_view(view: Locator, title: str) -> None:
    box = view.bounding_box()
    assert box is not None, title
    assert box["width"] > 400, (title, box)
    assert box["height"] > 60, (title, box)
    for table in view.locator("table:visible").all():
        assert table.locator("tbody td:visible, tbody th:visible").count() > 0, title
        name = table.locator("caption").inner_text()
        inner = table.bounding_box()
        assert inner is not None
        assert inner["x"] >= box["x"], (title, name)
        assert inner["x"] + inner["width"] <= box["x"] + box["width"] + 1, (title, name, inner, box)
    for svg in view.locator("svg:visible").all():
        drawn = svg.bounding_box()
        assert drawn is not None
        assert drawn["width"] > 10, title
        assert drawn["height"] > 8, title
    for words in (".cw-b", "td:visible", "thead th", "summary", ".cw-dim", ".cw-n", ".cw-c", "h2"):
        for element in view.locator(words).all()[:5]:
            assert contrast(element) >= 4.5, (title, words, element.inner_text())
