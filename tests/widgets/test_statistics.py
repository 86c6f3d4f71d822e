import math

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from tests.widgets.html_check import HOSTILE, read, stripped
from widgets import StatisticsView

List = statistics_pb2.DatasetFeatureStatisticsList

TRAIN = """
datasets {
  num_examples: 100
  features {
    path { step: "age" } type: INT
    num_stats {
      common_stats { num_non_missing: 75 num_missing: 25 tot_num_values: 75 min_num_values: 1
                     max_num_values: 1 avg_num_values: 1 }
      mean: 30.25 std_dev: 2.5 num_zeros: 60 min: 0 median: 30 max: 90
      histograms { type: QUANTILES buckets { low_value: 0 high_value: 90 sample_count: 75 } }
      histograms { buckets { low_value: 0 high_value: 45 sample_count: 25 }
                   buckets { low_value: 45 high_value: 90 sample_count: 50 } }
    }
  }
  features {
    path { step: "color" } type: STRING
    string_stats {
      common_stats { num_non_missing: 100 tot_num_values: 100 max_num_values: 1 }
      unique: 6 avg_length: 3.5
      top_values { value: "red" frequency: 50 }
      rank_histogram {
        buckets { label: "red" sample_count: 50 } buckets { label: "" sample_count: 20 }
        buckets { label: "green" sample_count: 10 } buckets { label: "blue" sample_count: 10 }
        buckets { label: "tan" sample_count: 5 } buckets { label: "teal" sample_count: 5 }
      }
    }
  }
}
"""


def proto(text=TRAIN):
    return text_format.Parse(text, List())


def row(table, *start):
    return next(r for r in table if tuple(r[: len(start)]) == start)


def test_numeric_features_show_what_the_proto_holds():
    table = read(StatisticsView(proto()).to_html()).table("Numeric features (1)")
    assert table == [
        ["Feature", "Count", "Missing", "Mean", "Std dev", "Zeros", "Min", "Median", "Max", "Distribution"],
        ["age", "75", "25%", "30.25", "2.5", "80%", "0", "30", "90", ""],
    ]


def test_categorical_features_show_the_most_frequent_values():
    table = read(StatisticsView(proto()).to_html()).table("Categorical features (1)")
    assert table[1][:4] == ["color", "100", "0%", "6"]
    assert table[1][4] == (
        "red (50, 50%), '' (20, 20%), green (10, 10%), blue (10, 10%) 2 moretan (5, 5%), teal (5, 5%)"
    )
    assert table[1][5] == "3.5"


def test_the_standard_histogram_is_preferred_and_said_in_text():
    text = StatisticsView(proto()).text()
    assert "\u2585\u2588" in text
    assert "Histogram of age, from 0 to 90" in read(StatisticsView(proto()).to_html()).pictures


def test_high_shares_are_marked_by_more_than_colour():
    html = StatisticsView(proto()).to_html()
    assert '<strong class="cw-f" title="25 of 100 examples have no value">25%</strong>' in html
    assert '<strong class="cw-f" title="60 of 75 values are zero">80%</strong>' in html
    assert "25% !" in StatisticsView(proto()).text()


def test_ordinary_shares_are_not_marked():
    calm = proto(TRAIN.replace("num_missing: 25", "num_missing: 5").replace("num_zeros: 60", "num_zeros: 3"))
    assert "cw-f" not in StatisticsView(calm).to_html().split("</style>")[1]


def test_a_constant_feature_is_marked():
    constant = proto(TRAIN.replace("min: 0 median: 30 max: 90", "min: 7 median: 7 max: 7"))
    assert 'title="all values are equal"' in StatisticsView(constant).to_html()


def test_splits_stand_side_by_side_under_one_feature():
    other = proto(TRAIN.replace("mean: 30.25", "mean: 31.5").replace("num_examples: 100", "num_examples: 40"))
    page = read(StatisticsView({"train": proto(), "eval": other}).to_html())
    assert page.table("Splits") == [
        ["Split", "Examples", "Features"],
        ["train", "100", "2"],
        ["eval", "40", "2"],
    ]
    table = page.table("Numeric features")
    assert [r[:2] + r[4:5] for r in table[1:]] == [["age", "train", "30.25"], ["", "eval", "31.5"]]
    assert page.pictures.count("Histogram of age, from 0 to 90") == 1
    assert "train" in page.text
    assert "eval" in page.text


def test_a_feature_that_one_split_lacks_has_one_row():
    other = proto()
    del other.datasets[0].features[0]
    table = read(StatisticsView({"train": proto(), "eval": other}).to_html()).table("Numeric features")
    assert [r[:2] for r in table[1:]] == [["age", "train"]]


def test_a_feature_that_changes_its_kind_is_in_both_tables():
    other = proto()
    other.datasets[0].features[1].path.step[:] = ["age"]
    del other.datasets[0].features[0]
    page = read(StatisticsView({"a": proto(), "b": other}).to_html())
    assert [r[:2] for r in page.table("Numeric features")[1:]] == [["age", "a"]]
    assert ["age", "b"] in [r[:2] for r in page.table("Categorical features")[1:]]


def test_slices_of_one_list_are_named():
    sliced = proto()
    sliced.datasets.add().CopyFrom(sliced.datasets[0])
    sliced.datasets[0].name, sliced.datasets[1].name = "All Examples", "island_Dream"
    table = read(StatisticsView({"train": sliced}).to_html()).table("Splits")
    assert [r[0] for r in table[1:]] == ["train / All Examples", "train / island_Dream"]


def test_features_named_by_the_old_field_and_nested_paths():
    stats = List()
    dataset = stats.datasets.add(num_examples=1)
    dataset.features.add(name="old").num_stats.mean = 1
    dataset.features.add().path.step.extend(["outer", "inner"])
    page = read(StatisticsView(stats).to_html())
    assert page.table("Numeric features")[1][0] == "old"
    assert page.table("Other features")[1][0] == "outer.inner"


def test_bytes_structs_custom_and_pairs():
    stats = text_format.Parse(
        """
        datasets {
          num_examples: 10
          features { path { step: "image" } type: BYTES
            bytes_stats { common_stats { num_non_missing: 10 } unique: 9 min_num_bytes: 3 avg_num_bytes: 5.5
                          max_num_bytes: 8 }
            custom_stats { name: "kinds" num: 4 } custom_stats { name: "note" str: "<i>" } }
          features { path { step: "struct" } type: STRUCT
            struct_stats { common_stats { num_non_missing: 10 min_num_values: 1 max_num_values: 3
                                          avg_num_values: 2 } } }
          cross_features { path_x { step: "a" } path_y { step: "b" } count: 10
                           num_cross_stats { correlation: 0.99 covariance: 3 } }
        }""",
        List(),
    )
    page = read(StatisticsView(stats).to_html())
    assert page.table("Bytes features")[1] == ["image", "10", "0%", "9", "3", "5.5", "8"]
    assert page.table("Other features")[1] == ["struct", "STRUCT", "10", "0%", "1 - 2 - 3"]
    assert [r[2:] for r in page.table("Custom statistics")[1:]] == [["kinds", "4"], ["note", "<i>"]]
    assert page.table("Correlations")[1] == ["a and b", "all", "10", "0.99", "3"]


def test_repeated_features_show_their_values_per_example():
    stats = proto(TRAIN.replace("max_num_values: 1 avg", "max_num_values: 9 avg"))
    table = read(StatisticsView(stats).to_html()).table("Numeric features")
    assert table[0][3] == "Values per example"
    assert table[1][3] == "1 - 1 - 9"


def test_nan_and_infinite_values():
    stats = proto()
    numbers = stats.datasets[0].features[0].num_stats
    numbers.min, numbers.max, numbers.mean = -math.inf, math.inf, math.nan
    numbers.histograms[1].num_nan = 4
    numbers.histograms[1].buckets[0].low_value = -math.inf
    page = read(StatisticsView(stats).to_html())
    found = dict(zip(*page.table("Numeric features")[:2], strict=True))
    assert (found["Min"], found["Max"], found["Mean"], found["NaN"]) == ("-inf", "inf", "NaN", "4")
    assert "Histogram of age, from 45 to 90" in page.pictures


def test_a_feature_without_any_value_shows_dashes():
    stats = List()
    feature = stats.datasets.add(num_examples=5).features.add(name="empty")
    feature.num_stats.common_stats.num_missing = 5
    table = read(StatisticsView(stats).to_html()).table("Numeric features")
    assert table[1] == ["empty", "0", "100%", *["\u2014"] * 6, ""]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "No statistics"),
        (List(), "No statistics"),
        (proto("datasets { num_examples: 0 }"), "no features"),
    ],
)
def test_nothing_to_show_is_said(given, said):
    view = StatisticsView(given)
    assert said in read(view.to_html()).text
    assert said in view.text()


def test_hundreds_of_features_are_folded_and_quick_to_read():
    stats = List()
    dataset = stats.datasets.add(num_examples=3)
    for i in range(350):
        dataset.features.add(name=f"f{i}").CopyFrom(proto().datasets[0].features[0])
        dataset.features[i].path.step[:] = [f"f{i}"]
    view = StatisticsView(stats)
    page = read(view.to_html())
    assert "Show 250 more features" in page.summaries
    assert [len(t) - 1 for c, t in zip(page.captions, page.tables, strict=True)] == [100, 250]
    assert "and 290 more rows" in view.text()


@pytest.mark.parametrize("name", HOSTILE)
def test_names_and_values_from_data_stay_text(name):
    stats = proto()
    stats.datasets[0].features[0].path.step[:] = [name]
    stats.datasets[0].features[1].path.step[:] = ["c" + name]
    for bucket in stats.datasets[0].features[1].string_stats.rank_histogram.buckets:
        bucket.label = name + bucket.label
    view = StatisticsView({name: stats, "b": stats}, title=name)
    read(view.to_html())
    read(view.to_html(page=True))
    assert "\x1b" not in view.text() + view.to_html()
    assert "\u202e" not in view.text() + view.to_html()


def test_without_styles_and_pictures_the_numbers_and_shapes_are_still_read():
    page = read(stripped(StatisticsView({"train": proto(), "eval": proto()}).to_html()))
    assert "30.25" in page.text
    assert page.table("Numeric features")[1][-1] == "train \u2585\u2588 eval \u2585\u2588"


@pytest.mark.parametrize(
    "wrong", [None, 3, "stats.pb", [List()], {"train": "x"}, {3: List()}, schema_pb2.Schema()]
)
def test_a_wrong_type_is_refused_with_the_way_out(wrong):
    with pytest.raises(TypeError, match=r"StatisticsView expects a DatasetFeatureStatisticsList.*from_files"):
        StatisticsView(wrong)


def test_files_are_read(tmp_path):
    path = tmp_path / "FeatureStats.pb"
    path.write_bytes(proto().SerializeToString())
    (tmp_path / "stats.pbtxt").write_text(TRAIN)
    view = StatisticsView.from_files({"train": path, "text": str(tmp_path / "stats.pbtxt")})
    assert view.statistics == {"train": proto(), "text": proto()}
    assert StatisticsView.from_files(path).statistics == {"": proto()}


def test_a_missing_file_is_named_with_what_is_beside_it(tmp_path):
    (tmp_path / "Split-train").mkdir()
    with pytest.raises(FileNotFoundError, match=r"FeatureStats.pb.*holds: Split-train"):
        StatisticsView.from_files(tmp_path / "FeatureStats.pb")


def test_a_damaged_file_is_named(tmp_path):
    path = tmp_path / "FeatureStats.pb"
    path.write_bytes(b"\xff" * 20)
    with pytest.raises(ValueError, match="cannot be read as one"):
        StatisticsView.from_files(path)


@pytest.mark.slow
def test_statistics_that_tfdv_computes_are_shown_as_they_are(tmp_path):
    import pandas as pd
    import tensorflow_data_validation as tfdv

    frame = pd.DataFrame(
        {
            "x": [1.0, 2.0, None, 4.0, 0.0],
            "many": [[1, 2, 3], [4], None, [5, 6], [0]],
            "word": ["a", "b", None, "a", "a"],
        }
    )
    stats = tfdv.generate_statistics_from_dataframe(frame)
    page = read(StatisticsView({"train": stats}).to_html())
    numbers = {r[0]: dict(zip(page.table("Numeric")[0], r, strict=True)) for r in page.table("Numeric")[1:]}
    assert numbers["x"]["Missing"] == "20%"
    assert numbers["x"]["Mean"] == "1.75"
    assert numbers["x"]["Zeros"] == "25%"
    assert numbers["many"]["Values per example"] == "1 - 1.75 - 3"
    words = page.table("Categorical")[1]
    assert words[0] == "word"
    assert "a (3, 75%), b (1, 25%)" in words
    assert {"Histogram of x, from 0 to 4", "Shares of the values of word"} <= set(page.pictures)


def lists(common, kind="num_stats"):
    """Statistics of one feature `f` with these common statistics."""
    return proto(
        f'datasets {{ num_examples: 100 features {{ path {{ step: "f" }} {kind} {{ '
        f"common_stats {{ {common} }} }} }} }}"
    )


EMPTY_ONE = "num_non_missing: 90 num_missing: 10 tot_num_values: 60 max_num_values: 1 avg_num_values: 0.66"
EMPTY_MANY = """num_non_missing: 100 tot_num_values: 80 max_num_values: 3 avg_num_values: 0.8
    num_values_histogram { buckets { sample_count: 25.2 } buckets { sample_count: 25 }
                           buckets { high_value: 1 sample_count: 25 }
                           buckets { low_value: 1 high_value: 3 sample_count: 25 } }"""


@pytest.mark.parametrize("kind", ["num_stats", "string_stats", "bytes_stats"])
def test_an_empty_list_counts_as_missing(kind):
    view = StatisticsView(lists(EMPTY_ONE, kind))
    row_ = next(r for t in read(view.to_html()).tables for r in t if r[0] == "f")
    assert row_[1:3] == ["60", "40%"]
    words = "40 of 100 examples have no value: 10 lack the feature, 30 hold an empty list"
    assert f'<strong class="cw-f" title="{words}">40%</strong>' in view.to_html()
    assert "40% !" in view.text()
    assert "Missing counts empty lists too" in view.text()


def test_a_low_share_of_empty_lists_is_explained_but_not_marked():
    few = EMPTY_ONE.replace("90", "100").replace("num_missing: 10", "").replace("60", "95")
    html = StatisticsView(lists(few)).to_html()
    words = "5 of 100 examples have no value: 0 lack the feature, 5 hold an empty list"
    assert f'<td class="cw-r"><span title="{words}">5%</span></td>' in html


def test_empty_lists_among_longer_ones_are_bounded_from_below():
    view = StatisticsView(lists(EMPTY_MANY))
    table = read(view.to_html()).table("Numeric features")
    assert table[1][1:4] == ["at most 50", "at least 50%", "0 - 0.8 - 3"]
    hidden = EMPTY_MANY.replace("25.2", "0").replace("sample_count: 25 }", "sample_count: 0 }", 1)
    bounded = read(StatisticsView(lists(hidden)).to_html()).table("Numeric features")
    assert bounded[1][1:3] == ["at most 80", "at least 20%"]  # 80 values fill 80 lists at most


def test_a_feature_of_empty_lists_only_has_no_values():
    all_empty = "num_non_missing: 100 num_values_histogram { buckets { sample_count: 100 } }"
    table = read(StatisticsView(lists(all_empty)).to_html()).table("Numeric features")
    assert table[1][1:] == ["0", "100%", *["\u2014"] * 6, ""]


@pytest.mark.parametrize(
    "common", [EMPTY_ONE + " min_num_values: 1", "num_non_missing: 90 num_missing: 10", TRAIN]
)
def test_no_empty_list_is_claimed_where_there_is_none(common):
    stats = proto() if common is TRAIN else lists(common)
    assert "empty list" not in StatisticsView(stats).to_html()


@pytest.mark.slow
def test_what_the_penguins_csv_leaves_empty_is_missing():
    import pandas as pd
    import tensorflow as tf
    import tensorflow_data_validation as tfdv
    from palmerpenguins import load_penguins
    from tensorflow_data_validation.statistics import stats_impl
    from tfx_bsl.coders.example_coder import ExamplesToRecordBatchDecoder

    frame = load_penguins()

    def feature(name, value):
        values = [] if pd.isna(value) else [value]
        if frame[name].dtype == object:
            return tf.train.Feature(bytes_list=tf.train.BytesList(value=[v.encode() for v in values]))
        return tf.train.Feature(float_list=tf.train.FloatList(value=values))

    examples = [
        tf.train.Example(
            features=tf.train.Features(feature={name: feature(name, value) for name, value in row.items()})
        ).SerializeToString()
        for row in frame.to_dict("records")
    ]
    batch = ExamplesToRecordBatchDecoder().DecodeBatch(examples)
    stats = stats_impl.generate_statistics_in_memory(batch, tfdv.StatsOptions())
    sex = next(f for f in stats.datasets[0].features if f.path.step[0] == "sex")
    assert sex.string_stats.common_stats.num_missing == 0  # why the view has to count for itself
    page = read(StatisticsView(stats).to_html())
    shown = {r[0]: r[1:3] for name in ("Numeric", "Categorical") for r in page.table(name)[1:]}
    gaps = frame.isna().sum()
    assert gaps["sex"] == 11
    assert shown == {
        name: [str(344 - gaps[name]), {0: "0%", 2: "0.6%", 11: "3.2%"}[gaps[name]]] for name in frame.columns
    }
