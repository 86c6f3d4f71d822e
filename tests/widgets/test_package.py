import re
import subprocess
import sys

import pytest

import widgets
from widgets._css import style

HEAVY = ("tensorflow", "tensorflow_data_validation", "tensorflow_model_analysis", "tensorflow_transform",
         "apache_beam", "tfx_bsl", "pandas", "pyarrow", "numpy", "IPython")  # fmt: skip


def loaded_by(code):
    report = (
        f"\nimport sys\nprint(*[name for name in {(*HEAVY, 'google.protobuf')!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code + report], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout.split()


def test_importing_the_package_loads_no_library():
    assert loaded_by("import widgets; dir(widgets)") == []


def test_the_views_of_protos_need_protobuf_alone():
    code = """
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2
from widgets import *
for view in (StatisticsView(statistics_pb2.DatasetFeatureStatisticsList()), SchemaView(schema_pb2.Schema()),
             AnomaliesView(anomalies_pb2.Anomalies()), ExamplesView([]), ModelView('.')):
    view.to_html(), view.text()
"""
    assert loaded_by(code) == ["google.protobuf"]


def test_no_view_imports_the_runtime():
    code = "from widgets import *\nimport sys\nassert 'interactive' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_everything_promised_is_there():
    for name in widgets.__all__:
        assert getattr(widgets, name).__name__ == name
    assert set(widgets.__all__) <= set(dir(widgets))
    assert sorted(widgets.__all__) == sorted(widgets._HOMES)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'StatsView'"):
        widgets.StatsView  # noqa: B018 - reading it is the test


def test_the_style_sheet_touches_nothing_outside_views():
    text = re.sub(r"@media[^{]*\{((?:[^{}]*\{[^{}]*\})*)\}", r"\1", style())
    selectors = [s for group in re.findall(r"([^{}]+)\{", text) for s in group.split(",")]
    assert len(selectors) > 30
    assert [s for s in selectors if ".cw-view" not in s] == []


def test_the_style_sheet_is_small_and_fetches_nothing():
    assert len(style()) < 7000
    assert "url(" not in style()
    assert "@import" not in style()
    assert "</" not in style()
