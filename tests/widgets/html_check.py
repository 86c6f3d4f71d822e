"""What the tests of views share: a strict reader of their HTML, and data that tries to break out of it."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    'it\'s "quoted" & <b>bold</b>',
    "\u05e9\u05dc\u05d5\u05dd \u202eevil\u202c \u0639\u0631\u0628\u064a",
    "line\nbreak\ttab\x00nul\x1b[31mred",
    "\u65e5\u672c\u8a9e \U0001f427 e\u0301",
    "",
    "  ",
    "x" * 500,
)

_VOID = {"wbr", "meta", "rect", "path", "circle"}
_ALLOWED = _VOID | {
    "html",
    "head",
    "title",
    "style",
    "body",
    "div",
    "h2",
    "h3",
    "h4",
    "p",
    "span",
    "strong",
    "bdi",
    "code",
    "pre",
    "details",
    "summary",
    "table",
    "caption",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "figure",
    "figcaption",
    "svg",
    "text",
}
# No src, no href and no on...: nothing is fetched and nothing is run.
_ATTRIBUTES = {
    "class",
    "role",
    "tabindex",
    "aria-label",
    "aria-hidden",
    "scope",
    "rowspan",
    "title",
    "style",
    "lang",
    "charset",
    "name",
    "content",
    "width",
    "height",
    "viewbox",
    "fill",
    "fill-opacity",
    "stroke",
    "stroke-width",
    "stroke-opacity",
    "stroke-dasharray",
    "d",
    "x",
    "y",
    "rx",
    "cx",
    "cy",
    "r",
    "text-anchor",
    "font-size",
    "font-family",
    "transform",
}


@dataclass
class Page:
    """What a view's HTML holds."""

    text: str = ""
    tables: list[list[list[str]]] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    summaries: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)

    def table(self, caption: str) -> list[list[str]]:
        """Return the rows, heading first, of the table whose caption starts so."""
        found = [t for c, t in zip(self.captions, self.tables, strict=True) if c.startswith(caption)]
        assert found, f"no table {caption!r} among {self.captions}"
        return found[0]


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.open: list[str] = []
        self.covered: dict[int, int] = {}  # column -> rows still covered by a cell of a row above
        self.starting: dict[int, int] = {}  # the same, for cells of the row that is being read

    def handle_starttag(self, tag, attrs):
        assert tag in _ALLOWED, f"unexpected <{tag}>"
        for name, _ in attrs:
            assert name in _ATTRIBUTES, f"unexpected attribute {name} on <{tag}>"
        given = dict(attrs)
        if tag not in _VOID:
            self.open.append(tag)
        if tag == "table":
            self.page.tables.append([])
            self.covered = {}
        elif tag == "tr":
            self.page.tables[-1].append([])
        elif tag in ("th", "td"):
            row = self.page.tables[-1][-1]
            self._skip_covered(row)
            if "rowspan" in given:
                self.starting[len(row)] = int(given["rowspan"]) - 1
            row.append("")
        elif tag in ("caption", "summary", "h2", "h3", "h4"):
            self._named(tag).append("")
        elif tag == "svg":
            assert given.get("aria-label") or given.get("aria-hidden"), "a picture without a name"
            self.page.pictures.append(given.get("aria-label", ""))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        assert tag in _VOID, f"<{tag}/> closes itself"

    def handle_endtag(self, tag):
        assert self.open[-1:] == [tag], f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()
        if tag == "tr":
            self._skip_covered(self.page.tables[-1][-1])
            left = {column: rows - 1 for column, rows in self.covered.items() if rows > 1}
            self.covered = {**left, **self.starting}
            self.starting = {}

    def _skip_covered(self, row):
        while len(row) in self.covered:
            row.append("")

    def _named(self, tag):
        page = self.page
        return {"caption": page.captions, "summary": page.summaries}.get(tag, page.headings)

    def handle_data(self, data):
        if "style" in self.open:
            return
        self.page.text += data
        for tag in ("caption", "summary", "h2", "h3", "h4"):
            if tag in self.open:
                self._named(tag)[-1] += data
        if ("td" in self.open or "th" in self.open) and "svg" not in self.open:
            self.page.tables[-1][-1][-1] += data


def read(html: str) -> Page:
    """Read a view's HTML; an unknown tag or attribute, a link or a tag left open fails the test."""
    reader = _Reader()
    reader.feed(html.removeprefix("<!DOCTYPE html>\n"))
    reader.close()
    assert not reader.open, f"left open: {reader.open}"
    return reader.page


def stripped(html: str) -> str:
    """Return the HTML as a sanitizer leaves it: no styles, no pictures, no class names; texts are kept."""
    html = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    html = re.sub(r"</?(svg|path|rect|circle|text|title)\b[^>]*>", "", html)
    return re.sub(r' (class|style|title)="[^"]*"', "", html)
