import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from tests.widgets.html_check import HOSTILE, read
from widgets import SchemaView


def schema(text):
    return text_format.Parse(text, schema_pb2.Schema())


def cells(text):
    """The cells of the only feature, by column."""
    table = read(SchemaView(schema(text)).to_html()).table("Features (1)")
    return dict(zip(*table, strict=True))


def test_name_type_and_nothing_else():
    assert cells('feature { name: "a" type: BYTES }') == {
        "Feature": "a",
        "Type": "BYTES",
        "Presence": "optional",
        "Shape": "any number of values",
        "Domain": "\u2014",
    }


@pytest.mark.parametrize(
    ("presence", "shown"),
    [
        ("presence { min_fraction: 1 min_count: 1 }", "required"),
        ("presence { min_fraction: 0.5 }", "in at least 50%"),
        ("presence { min_count: 10 }", "in at least 10 examples"),
        ("presence { min_count: 1 }", "optional"),
        ("group_presence { required: true }", "required in its group"),
    ],
)
def test_presence(presence, shown):
    assert cells(f'feature {{ name: "a" {presence} }}')["Presence"] == shown


@pytest.mark.parametrize(
    ("shape", "shown"),
    [
        ("shape { dim { size: 1 } }", "[1]"),
        ('shape { dim { size: 2 name: "h" } dim { size: 3 } }', "[h=2, 3]"),
        ("shape { }", "scalar"),
        ("value_count { min: 1 max: 1 }", "1 value"),
        ("value_count { min: 1 max: 3 }", "1 to 3 values"),
        ("value_count { min: 1 }", "1 or more values"),
        ("value_count { }", "any number of values"),
        ("value_counts { value_count { min: 1 } value_count { max: 2 } }", "1 or more values; 0 to 2 values"),
    ],
)
def test_shape(shape, shown):
    assert cells(f'feature {{ name: "a" {shape} }}')["Shape"] == shown


@pytest.mark.parametrize(
    ("domain", "shown"),
    [
        ("int_domain { min: -1 max: 2 is_categorical: true }", "from -1 to 2, categorical"),
        ("int_domain { min: 0 }", "at least 0"),
        ("int_domain { }", "any integer"),
        (
            "float_domain { max: 0.5 disallow_nan: true disallow_inf: true }",
            "at most 0.5, no NaN, no infinities",
        ),
        ("float_domain { }", "any float"),
        ('string_domain { value: "x" value: "" }', "2 values: x, ''"),
        ('bool_domain { true_value: "yes" }', "boolean, true: yes"),
        ("url_domain { }", "URL"),
        ("image_domain { minimum_supported_image_fraction: 0.9 }", "image, at least 90% supported images"),
        ('time_domain { string_format: "%Y" }', "time, %Y"),
        ("time_domain { integer_format: UNIX_DAYS }", "time, UNIX_DAYS"),
        ("natural_language_domain { }", "natural language"),
    ],
)
def test_domain(domain, shown):
    assert cells(f'feature {{ name: "a" {domain} }}')["Domain"] == shown


def test_a_shared_domain_is_looked_up():
    found = cells('feature { name: "a" domain: "d" } string_domain { name: "d" value: "x" }')
    assert found["Domain"] == "1 values: x"


def test_a_shared_domain_that_is_missing_is_marked():
    html = SchemaView(schema('feature { name: "a" domain: "d" }')).to_html()
    assert 'title="there is no such domain"' in html


def test_long_domains_are_folded_but_whole():
    values = " ".join(f'value: "v{i}"' for i in range(40))
    view = SchemaView(schema(f'feature {{ name: "a" string_domain {{ {values} }} }}'))
    page = read(view.to_html())
    assert "32 more" in page.summaries
    assert "v39" in page.text
    assert "40 values: v0, v1" in view.text()


def test_constraints_and_environments():
    found = cells(
        """
        default_environment: "TRAINING" dataset_constraints { min_examples_count: 5 }
        feature { name: "a" not_in_environment: "SERVING" lifecycle_stage: DEPRECATED
          distribution_constraints { min_domain_mass: 0.9 } unique_constraints { min: 1 max: 4 }
          drift_comparator { infinity_norm { threshold: 0.01 } }
          skew_comparator { jensen_shannon_divergence { threshold: 0.2 } }
          annotation { tag: "pii" } }"""
    )
    assert found["Constraints and notes"] == (
        "stage DEPRECATED, not in SERVING, at least 90% of the values in the domain, 1 to 4 unique values, "
        "drift: L-infinity at most 0.01, skew: Jensen-Shannon divergence at most 0.2, tag pii"
    )


def test_constraints_of_the_whole_data_set():
    view = SchemaView(
        schema(
            'feature { name: "a" } default_environment: "TRAINING" '
            "dataset_constraints { min_examples_count: 5 "
            "num_examples_drift_comparator { min_fraction_threshold: 0.5 max_fraction_threshold: 2 } }"
        )
    )
    text = read(view.to_html()).text
    assert "Default environments: TRAINING" in text
    assert "At least: 5 examples" in text
    assert "Examples against the previous span: 50% to 200%" in text


def test_structs_sparse_and_weighted_features():
    view = SchemaView(
        schema(
            """
            feature { name: "s" type: STRUCT struct_domain { feature { name: "in" type: INT } } }
            sparse_feature { name: "sp" type: FLOAT index_feature { name: "i" } value_feature { name: "v" }
                             dense_shape { dim { size: 9 } } }
            weighted_feature { name: "w" feature { step: "f" } weight_feature { step: "g" } }"""
        )
    )
    page = read(view.to_html())
    assert [r[0] for r in page.table("Features (2)")] == ["Feature", "s", "s.in"]
    assert page.table("Sparse features")[1] == ["sp", "FLOAT", "optional", "i", "v", "[9]"]
    assert page.table("Weighted features")[1] == ["w", "f", "g"]


def test_an_empty_schema_says_so():
    assert "no features" in read(SchemaView(schema_pb2.Schema()).to_html()).text


@pytest.mark.parametrize("name", HOSTILE)
def test_names_and_values_stay_text(name):
    hostile = schema_pb2.Schema()
    feature = hostile.feature.add(name=name, not_in_environment=[name])
    feature.string_domain.value.extend([name] * 20)
    feature.annotation.comment.append(name)
    hostile.default_environment.append(name)
    view = SchemaView(hostile, title=name)
    read(view.to_html(page=True))
    assert "\x1b" not in view.text() + view.to_html()


@pytest.mark.parametrize("wrong", [None, "schema.pbtxt", {}, statistics_pb2.DatasetFeatureStatisticsList()])
def test_a_wrong_type_is_refused(wrong):
    with pytest.raises(TypeError, match=r"SchemaView expects a Schema, but was given .*from_file"):
        SchemaView(wrong)


def test_files(tmp_path):
    text = 'feature { name: "a" type: INT }'
    (tmp_path / "schema.pbtxt").write_text(text)
    (tmp_path / "schema.pb").write_bytes(schema(text).SerializeToString())
    (tmp_path / "broken.pbtxt").write_text("feature {")
    assert SchemaView.from_file(tmp_path / "schema.pbtxt").schema == schema(text)
    assert SchemaView.from_file(tmp_path / "schema.pb").schema == schema(text)
    with pytest.raises(ValueError, match=r"broken.pbtxt"):
        SchemaView.from_file(tmp_path / "broken.pbtxt")
    with pytest.raises(FileNotFoundError, match="found a folder"):
        SchemaView.from_file(tmp_path)
