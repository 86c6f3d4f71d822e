import pytest

from tests.widgets.html_check import HOSTILE, read
from widgets import ArtifactView


def test_properties_and_files_are_shown(tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "events").write_bytes(b"x" * 1500)
    (tmp_path / "README").write_bytes(b"hello")
    page = read(ArtifactView("ModelRun", str(tmp_path), {"steps": 500, "tags": ["a", "b"]}).to_html())
    assert page.headings == ["ModelRun"]
    assert f"URI: {tmp_path}" in page.text
    assert page.table("Properties")[1:] == [["steps", "500"], ["tags", "a, b"]]
    assert page.table("2 files, 1.5 KB")[1:] == [["README", "5 B"], ["logs/events", "1.5 KB"]]


def test_a_single_file_shows_its_size(tmp_path):
    file = tmp_path / "value"
    file.write_bytes(b"0.75")
    view = ArtifactView("Float", str(file), {"value": 0.75})
    assert "Size: 4 B" in read(view.to_html()).text
    assert "value     0.75" in view.text()


def test_what_is_not_there_is_said(tmp_path):
    (tmp_path / "empty").mkdir()
    empty = ArtifactView("Model", str(tmp_path / "empty"), {}).text()
    assert "This folder has no files." in empty
    assert "This artifact has no properties." in empty
    gone = ArtifactView("Model", str(tmp_path / "gone"), {"step": 1}).text()
    assert "Warning: Nothing lies there" in gone
    assert "step" in gone
    assert "URI: none" in ArtifactView("Model", "", {}).text()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (3.0, "3"),
        (0.5, "0.5"),
        (float("nan"), "nan"),
        (1e300, "1e+300"),
        (True, "True"),
        (None, "None"),
        ("plain, text", "plain, text"),
        ('["train", "eval"]', "train, eval"),
        ('{"eval": 1.0}', "eval: 1"),
        ("[not json", "[not json"),
        ("{name}", "{name}"),
        ("[]", "empty"),
        ({}, "empty"),
        (["a, b", ""], "'a, b', ''"),
        ({"a": [1, 2.0], "b": {"c": "d"}}, "a: (1, 2), b: (c: d)"),
        (b"text", "text"),
        (b"\xff\x00", "0x ff 00 (2 B)"),
    ],
)
def test_values_are_shown_without_the_syntax_of_python(value, shown):
    table = read(ArtifactView("T", "", {"p": value}).to_html()).table("Properties")
    assert table[1:] == [["p", shown]]


def test_a_very_long_value_is_cut():
    shown = read(ArtifactView("String", "", {"value": "y" * 9000}).to_html()).table("Properties")[1][1]
    assert shown == "y" * 1999 + "\u2026"


@pytest.mark.parametrize("name", HOSTILE)
def test_names_and_values_stay_text(name, tmp_path):
    (tmp_path / "<img src=x onerror=alert(1)>").write_bytes(b"")
    view = ArtifactView(name, str(tmp_path), {name: name, "list": [name], "dict": {name: name}})
    read(view.to_html(page=True))
    assert "\x1b" not in view.text() + view.to_html()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((None, "/a", {}), "a type name that is a str, but was given NoneType"),
        (("T", None, {}), "a uri that is a str, but was given NoneType"),
        (("T", "/a", [("p", 1)]), "a mapping of properties, but was given list"),
    ],
)
def test_a_wrong_type_is_refused(arguments, said):
    with pytest.raises(TypeError, match=said):
        ArtifactView(*arguments)
