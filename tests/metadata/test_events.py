"""One event for an artifact with several names, there and back."""

from interactive.metadata.events import adopt_ids, event_pairs, places_of
from interactive.types.standard_artifacts import Examples, Model


def path(event):
    return [getattr(step, step.WhichOneof("value")) for step in event.path.steps]


def test_a_model_that_is_its_own_baseline_has_one_event_with_both_names():
    model, same, other = Model("m"), Model("m"), Model("o")
    model.id = same.id = 7
    pairs = event_pairs({"model": [model], "baseline_model": [same], "more": [other]}, "INPUT", lambda _: 3)
    assert [(proto.id, proto.uri, path(event)) for proto, event in pairs] == [
        (7, "m", ["model", 0, "baseline_model", 0]),
        (0, "o", ["more", 0]),
    ]
    assert places_of(pairs[0][1]) == [("model", 0), ("baseline_model", 0)]


def test_new_artifacts_are_told_by_object_and_get_their_ids():
    first, second = Examples(), Examples()
    outputs = {"a": [first, second], "b": [first]}
    pairs = event_pairs(outputs, "OUTPUT", lambda _: 1)
    assert [path(event) for _, event in pairs] == [["a", 0, "b", 0], ["a", 1]]
    adopt_ids(outputs, [4, 5])
    assert (first.id, second.id) == (4, 5)


def test_paths_of_other_writers():
    from ml_metadata.proto import metadata_store_pb2 as mlmd

    assert places_of(mlmd.Event()) == [("", 0)]
    only_index = mlmd.Event()
    only_index.path.steps.add().index = 2
    assert places_of(only_index) == [("", 2)]
    only_key = mlmd.Event()
    only_key.path.steps.add().key = "x"
    assert places_of(only_key) == [("x", 0)]
