import random

from hypothesis import given
from hypothesis import strategies as st

from interactive.metadata.cache_key import cache_key

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
PARTS = st.fixed_dictionaries(
    {
        "component_type": st.text(),
        "executor_code": st.text(),
        "parameters": st.dictionaries(st.text(), JSON, max_size=4),
        "user_code": st.dictionaries(st.text(), st.text(), max_size=3),
        "inputs": st.dictionaries(st.text(), st.lists(st.text(), max_size=3), max_size=3),
    }
)


def shuffled(mapping, seed):
    items = list(mapping.items())
    random.Random(seed).shuffle(items)
    return dict(items)


@given(PARTS, st.integers(0, 1000))
def test_the_order_of_names_does_not_matter(parts, seed):
    reordered = {k: shuffled(v, seed) if isinstance(v, dict) else v for k, v in parts.items()}
    assert cache_key(**parts) == cache_key(**reordered)
    assert len(cache_key(**parts)) == 64


@given(PARTS, st.sampled_from(["component_type", "executor_code", "parameters", "user_code", "inputs"]))
def test_every_part_matters(parts, name):
    changed = dict(parts)
    if isinstance(parts[name], str):
        changed[name] = parts[name] + "x"
    else:
        changed[name] = {**parts[name], "".join(parts[name]) + "x": ["y"] if name == "inputs" else "y"}
    assert cache_key(**changed) != cache_key(**parts)


@given(PARTS, st.lists(st.text(), min_size=2, max_size=4, unique=True))
def test_the_order_of_artifacts_matters(parts, fingerprints):
    one = {**parts, "inputs": {"examples": fingerprints}}
    other = {**parts, "inputs": {"examples": fingerprints[::-1]}}
    assert cache_key(**one) != cache_key(**other)


def test_the_key_of_a_known_execution_does_not_drift():
    assert (
        cache_key(
            component_type="Trainer",
            executor_code="abc",
            parameters={"steps": 3},
            user_code={"run_fn": "def"},
            inputs={"examples": ["0", "1"]},
        )
        == "fe5b568beaec4f25c24ff41cf277c49f2875f526f9976a1621ae48be24b38fa0"
    )
