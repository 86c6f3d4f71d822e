"""A context and data for the components' tests."""

import pytest

from interactive import InteractiveContext
from tests.components.data import write_penguins


@pytest.fixture
def context(tmp_path):
    return InteractiveContext("penguins", tmp_path / "root")


@pytest.fixture
def csv(tmp_path):
    """A folder with the complete penguins as one CSV file."""
    return write_penguins(tmp_path / "data")
