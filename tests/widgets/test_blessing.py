import pytest

from tests.widgets.html_check import HOSTILE, read, stripped
from widgets import BlessingView


@pytest.mark.parametrize(
    ("blessed", "said"), [(True, "BLESSED: "), (False, "NOT BLESSED: "), (None, "NOT DECIDED: ")]
)
def test_the_verdict_is_in_words(blessed, said):
    paragraphs = read(stripped(BlessingView(blessed).to_html())).text.splitlines()
    assert [line for line in paragraphs if line.startswith(said)]


def test_reasons_are_listed():
    page = read(BlessingView(False, ["auc 0.84 is below 0.9", "a slice is missing"]).to_html())
    assert page.table("Reasons")[1:] == [["1", "auc 0.84 is below 0.9"], ["2", "a slice is missing"]]


@pytest.mark.parametrize(
    ("blessed", "reasons"), [(1, []), ("yes", []), (True, "because"), (True, [1]), (True, None)]
)
def test_wrong_types_are_refused(blessed, reasons):
    with pytest.raises(TypeError, match="BlessingView expects"):
        BlessingView(blessed, reasons)


@pytest.mark.parametrize("name", HOSTILE)
def test_reasons_stay_text(name):
    view = BlessingView(False, [name], title=name)
    read(view.to_html(page=True))
    assert "\x1b" not in view.text() + view.to_html()
