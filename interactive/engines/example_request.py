"""Checks of an examples request that both engines make, so that both refuse the same things."""

from collections.abc import Mapping, Sequence

from interactive.engines.api import ExamplesRequest, InputSplit
from interactive.engines.examples import Kind
from interactive.engines.partition import Partitioner, check_split_names
from interactive.errors import InputError


def check_request(request: ExamplesRequest) -> None:
    """Checks the splits of a request.

    Args:
      request: The request.

    Raises:
      InputError: Split names are wrong, an input split has no files, hash partitioning is asked of more than
        one input split, or a partition feature is named without output splits.
    """
    check_split_names([split.name for split in request.inputs], "input")
    for split in request.inputs:
        if not split.files:
            raise InputError(f"input split {split.name!r} has no files; expected at least one CSV file.")
    if request.outputs:
        Partitioner(request.outputs)
        if len(request.inputs) != 1:
            found = ", ".join(split.name for split in request.inputs)
            raise InputError(
                "output splits can be made from one input split; found the input splits "
                f"{found}. Leave the output splits out to keep them, or read all files as one split."
            )
    elif request.partition_feature_name:
        raise InputError(
            f"partition_feature_name={request.partition_feature_name!r} needs output splits with hash "
            "buckets; found none."
        )


def no_rows(split: InputSplit) -> InputError:
    """Returns the error for a split whose files hold nothing but headers."""
    return InputError(
        f"input split {split.name!r} has no rows: {', '.join(split.files)} hold only a header; expected at "
        "least one row of data."
    )


def check_partition_column(feature: str, kinds: Mapping[str, Kind]) -> None:
    """Checks that a column can be partitioned by.

    Args:
      feature: The column's name.
      kinds: Column names and types.

    Raises:
      InputError: There is no such column, or it is a FLOAT column or has no values.
    """
    if feature not in kinds:
        raise InputError(
            f"partition_feature_name={feature!r} is no column; expected one of {_usable(kinds)}."
        )
    if kinds[feature] in (Kind.FLOAT, Kind.UNKNOWN):
        what = "holds FLOAT values" if kinds[feature] is Kind.FLOAT else "has no values"
        raise InputError(
            f"partition_feature_name={feature!r} {what}; expected an INT or STRING column: {_usable(kinds)}."
        )


def _usable(kinds: Mapping[str, Kind]) -> str:
    names: Sequence[str] = [name for name, kind in kinds.items() if kind in (Kind.INT, Kind.STRING)]
    return ", ".join(names) or "(none)"
