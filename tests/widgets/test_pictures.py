import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.widgets.html_check import HOSTILE, read
from widgets import _svg

floats = st.floats(allow_nan=True, allow_infinity=True)
bins = st.lists(st.builds(_svg.Bin, floats, floats, floats), max_size=12)


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colour", _svg.SERIES)
@pytest.mark.parametrize("page", ["#ffffff", "#1b1b1b", "#111111"])
def test_every_series_stands_out_in_light_and_dark(colour, page):
    assert contrast(colour, page) >= 3


def test_series_differ_by_line_as_well_as_by_colour():
    assert len(set(zip(_svg.SERIES, _svg.DASHES, strict=True))) == len(_svg.SERIES)
    assert len(set(_svg.DASHES)) == len(_svg.DASHES)


def deficient(colour, matrix):
    """Return a colour as a person with a colour-vision deficiency sees it (Machado et al. 2009)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return [sum(m * c for m, c in zip(row, linear, strict=True)) for row in matrix]


@pytest.mark.parametrize(
    "matrix",
    [
        [(0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)],
        [(0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)],
        [(1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)],
    ],
    ids=["protanopia", "deuteranopia", "tritanopia"],
)
def test_the_first_two_series_differ_for_everyone(matrix):
    one, other = (deficient(c, matrix) for c in _svg.SERIES[:2])
    assert math.dist(one, other) > 0.2


def test_a_histogram_draws_each_series_with_area_one():
    wide = [_svg.Bin(0, 10, 5), _svg.Bin(10, 20, 5)]
    svg = _svg.histogram("x", [("a", wide), ("b", [_svg.Bin(0, 20, 7)])], width=102, height=44)
    paths = re.findall(r'<path d="(M1.0 43[^"]*)"', svg.markup)
    assert paths == ["M1.0 43H1.0V3.0H51.0H51.0V3.0H101.0V43", "M1.0 43H1.0V3.0H101.0V43"]


def test_a_histogram_says_in_text_what_it_shows():
    svg = _svg.histogram("x", [("train", [_svg.Bin(0, 1, 1), _svg.Bin(1, 2, 8)])])
    assert svg.text == "train \u2582\u2588"
    assert "<title>train \u2582\u2588</title>" in svg.markup
    assert 'aria-label="Histogram of x, from 0 to 2"' in svg.markup


def test_one_single_value_is_drawn_as_a_bar():
    svg = _svg.histogram("x", [("", [_svg.Bin(3, 3, 10)])])
    assert "Histogram of x, from 2.5 to 3.5" in svg.markup
    assert "<path" in svg.markup


@pytest.mark.parametrize(
    "series", [[], [("", [])], [("", [_svg.Bin(0, 1, 0)])], [("", [_svg.Bin(math.nan, math.nan, 3)])]]
)
def test_nothing_to_draw_is_no_picture(series):
    assert _svg.histogram("x", series) is None


@given(st.lists(st.tuples(st.sampled_from(HOSTILE), bins), max_size=4))
def test_any_histogram_is_well_formed_and_finite(series):
    svg = _svg.histogram("x", series)
    if svg is not None:
        read(svg.markup)
        assert not re.search(r"nan|inf", re.sub(r'aria-label="[^"]*"', "", svg.markup).split("</title>")[1])


@given(st.lists(st.tuples(st.sampled_from(HOSTILE), st.lists(floats, max_size=9)), max_size=4))
def test_any_bars_are_well_formed_and_finite(series):
    svg = _svg.bars("x", series)
    if svg is not None:
        read(svg.markup)
        assert not re.search(r"nan|inf", svg.markup.split("</title>")[1])


@given(st.lists(st.tuples(floats, floats), max_size=20))
def test_any_curve_stays_inside_its_axes(points):
    svg = _svg.lines("x", [("", points)], x_label="<x>", y_label="y", dots=True)
    if svg is None:
        assert not any(math.isfinite(x) and math.isfinite(y) for x, y in points)
        return
    read(svg.markup)
    for x, y in re.findall(r'<circle cx="([-\d.]+)" cy="([-\d.]+)"', svg.markup):
        assert 42 <= float(x) <= 232
        assert 8 <= float(y) <= 198


@pytest.mark.parametrize(("fraction", "width"), [(0.5, "32.0"), (7, "64.0"), (-1, "0.0"), (math.nan, "0.0")])
def test_a_gauge_stays_inside_its_box(fraction, width):
    assert f'<rect width="{width}"' in _svg.gauge(fraction, "x").markup
