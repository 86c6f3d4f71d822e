"""Compares two evaluation folders of TFMA, message by message."""

import math

TOLERANCE = 1e-6


def read(folder):
    """Everything in a folder, through TFMA's own readers, each slice under a name of its own."""
    import tensorflow_model_analysis as tfma

    return {
        "metrics": _by_slice(tfma.load_metrics(folder)),
        "plots": _by_slice(tfma.load_plots(folder)),
        "attributions": _by_slice(tfma.load_attributions(folder)),
        "validation": _validation(tfma.load_validation_result(folder)),
    }


def differences(one, other):
    """Lines that say where two folders differ; empty when their answers are the same."""
    return list(_differences(read(one), read(other), ""))


def slices(folder):
    """The names of the slices that have metrics."""
    return set(read(folder)["metrics"])


def _by_slice(messages):
    found = {}
    for message in messages:
        name = _name(message)
        assert name not in found, f"slice {name} is there twice"
        found[name] = message
    return found


def _name(message):
    if message.HasField("cross_slice_key"):
        return f"cross {message.cross_slice_key}"
    return f"slice {message.slice_key}"


def _validation(result):
    """Beam's order of slices is left to chance."""
    ordered = type(result)()
    ordered.CopyFrom(result)
    for field in ("metric_validations_per_slice", "missing_slices", "missing_cross_slices"):
        items = sorted(getattr(result, field), key=str)
        del getattr(ordered, field)[:]
        getattr(ordered, field).extend(items)
    details = sorted(result.validation_details.slicing_details, key=str)
    del ordered.validation_details.slicing_details[:]
    ordered.validation_details.slicing_details.extend(details)
    return ordered


def _differences(one, other, where):
    if isinstance(one, float):
        close = math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
        if not close and not (math.isnan(one) and math.isnan(other)):
            yield f"{where}: {one} and {other}"
    elif isinstance(one, dict):
        if one.keys() != other.keys():
            yield f"{where}: only one has {sorted(map(str, one.keys() ^ other.keys()))}"
        for key in one.keys() & other.keys():
            yield from _differences(one[key], other[key], f"{where} {key}")
    elif hasattr(one, "ListFields"):
        fields = ({field.name: value for field, value in message.ListFields()} for message in (one, other))
        yield from _differences(*fields, where)
    elif hasattr(one, "items"):
        yield from _differences(dict(one.items()), dict(other.items()), where)
    elif hasattr(one, "__len__") and not isinstance(one, str | bytes):
        if len(one) != len(other):
            yield f"{where}: {len(one)} and {len(other)} items"
        for number, (left, right) in enumerate(zip(one, other, strict=False)):
            yield from _differences(left, right, f"{where}[{number}]")
    elif one != other:
        yield f"{where}: {one!r} and {other!r}"
