import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets import _format as f


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "\u2014"),
        (0, "0"),
        (-0.0, "0"),
        (1234567, "1,234,567"),
        (2.0, "2"),
        (0.123456, "0.1235"),
        (4194.541, "4,194.5"),
        (1e20, "1e+20"),
        (3e-9, "3e-09"),
        (math.nan, "NaN"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
    ],
)
def test_numbers(value, shown):
    assert f.number(value) == shown


@pytest.mark.parametrize(
    ("fraction", "shown"),
    [
        (0, "0%"),
        (1, "100%"),
        (1.0, "100%"),
        (0.5, "50%"),
        (0.4724, "47.2%"),
        (1e-9, "<0.1%"),
        (0.9999, ">99.9%"),
        (None, "\u2014"),
        (math.nan, "\u2014"),
    ],
)
def test_shares_never_round_to_nothing_or_to_all(fraction, shown):
    assert f.percent(fraction) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.95, "0.9500"),
        (0, "0.0000"),
        (1e-7, "1.0e-07"),
        (12345.67, "12,345.7"),
        (math.nan, "NaN"),
        (1e12, "1e+12"),
    ],
)
def test_fixed_decimals(value, shown):
    assert f.fixed(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.4249, "0.42 s"),
        (9.999, "10.0 s"),
        (59.96, "1 min 00 s"),
        (185.4, "3 min 05 s"),
        (3599.7, "1 h 00 min"),
        (7385, "2 h 03 min"),
    ],
)
def test_durations(seconds, shown):
    assert f.duration(seconds) == shown


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 KB"), (2.5e9, "2.5 GB"), (9e18, "9000.0 PB")]
)
def test_sizes(count, shown):
    assert f.size(count) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (b"abc", "abc"),
        (b"", "''"),
        (b" abc", "' abc'"),
        (b"a, b", "'a, b'"),
        (b"\xff\x00", "0x ff 00 (2 B)"),
        (b"\xff" * 40, "0x " + " ".join(["ff"] * 16) + " \u2026 (40 B)"),
        ("\u00e9t\u00e9".encode(), "\u00e9t\u00e9"),
    ],
)
def test_bytes(value, shown):
    assert f.from_bytes(value) == shown


def test_long_text_is_cut_at_the_limit():
    assert f.quoted("x" * 100, 10) == "x" * 9 + "\u2026"


@given(st.text())
def test_visible_text_holds_nothing_that_reorders_or_controls(text):
    shown = f.visible(text)
    assert not any(
        ord(c) < 32 or c in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x7f" for c in shown
    )


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs", "M"])))
def test_visible_leaves_ordinary_text_alone(text):
    assert f.visible(text) == text
