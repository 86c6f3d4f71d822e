"""The lines that say why a model was not blessed."""

from interactive.engines.eval_failures import describe_failures


def result(**fields):
    from tensorflow_model_analysis.proto import validation_result_pb2

    return validation_result_pb2.ValidationResult(**fields)


def failed(slice_keys, *failures):
    return {"slice_key": {"single_slice_keys": slice_keys}, "failures": list(failures)}


def failure(name, value=None, **threshold):
    made = {"metric_key": {"name": name}, "metric_threshold": threshold}
    if value is not None:
        made["metric_value"] = {"double_value": {"value": value}}
    return made


def test_nothing_failed():
    assert describe_failures(result(validation_ok=True)) == ()


def test_bounds_and_slices():
    low = {"value_threshold": {"lower_bound": {"value": 0.8}}}
    high = {"value_threshold": {"upper_bound": {"value": 2}}}
    lines = describe_failures(
        result(
            metric_validations_per_slice=[
                failed([], failure("accuracy", 0.61234, **low)),
                failed(
                    [
                        {"column": "island", "bytes_value": b"Biscoe"},
                        {"column": "year", "int64_value": 2008},
                    ],
                    failure("loss", 2.5, **high),
                    failure("auc", float("nan"), **low),
                ),
            ]
        )
    )
    assert lines == (
        "accuracy 0.6123 is below the lower bound 0.8 (slice: Overall)",
        "loss 2.5 is above the upper bound 2 (slice: island=Biscoe, year=2008)",
        "auc is not a number, so its threshold does not hold (slice: island=Biscoe, year=2008)",
    )


def test_changes():
    def change(direction):
        return {"change_threshold": {"absolute": {"value": -0.01}, "direction": direction}}

    relative = {"change_threshold": {"relative": {"value": 0.1}, "direction": "LOWER_IS_BETTER"}}
    lines = describe_failures(
        result(
            metric_validations_per_slice=[
                failed(
                    [],
                    failure("auc", -0.2, **change("HIGHER_IS_BETTER")),
                    failure("loss", 0.3, **change("LOWER_IS_BETTER")),
                    failure("mse", 0.5, **relative),
                )
            ]
        )
    )
    assert lines == (
        "auc changed by -0.2 from the baseline; at least -0.01 is asked (slice: Overall)",
        "loss changed by +0.3 from the baseline; at most -0.01 is asked (slice: Overall)",
        (
            "mse changed by +0.5 from the baseline; at most +0.1 times the baseline's value is asked "
            "(slice: Overall)"
        ),
    )


def test_what_was_not_computed_is_said_once():
    bounds = {"value_threshold": {"lower_bound": {"value": 0.8}}}
    lines = describe_failures(
        result(
            metric_validations_per_slice=[
                failed([], failure("accuracy", **bounds)),
                failed([{"column": "island", "bytes_value": b"Dream"}], failure("accuracy", **bounds)),
            ],
            missing_slices=[{}],
        )
    )
    assert lines == ("accuracy was not computed, so its threshold could not be checked",)


def test_missing_slices():
    lines = describe_failures(
        result(
            missing_slices=[{"feature_values": {"island": "Atlantis"}}, {"feature_keys": ["sex"]}],
            missing_cross_slices=[
                {
                    "baseline_spec": {},
                    "slicing_specs": [{"feature_values": {"sex": "male"}}],
                }
            ],
        )
    )
    assert lines == (
        "no example belongs to the slice island=Atlantis, so its thresholds could not be checked",
        "no example belongs to the slice each sex, so its thresholds could not be checked",
        "no examples to compare the slice Overall with sex=male, so its thresholds could not be checked",
    )


def test_parts_of_a_metric():
    made = failure("precision", 0.1, value_threshold={"lower_bound": {"value": 0.5}})
    made["metric_key"].update(output_name="head", sub_key={"class_id": {"value": 2}})
    (line,) = describe_failures(result(metric_validations_per_slice=[failed([], made)]))
    assert line == ("precision of output head of class 2 0.1 is below the lower bound 0.5 (slice: Overall)")
