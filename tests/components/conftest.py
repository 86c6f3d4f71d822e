"""A context and data for the components' tests."""

import pytest

from interactive import InteractiveContext
from interactive.components import CsvExampleGen, SchemaGen, StatisticsGen
from tests.components.data import write_penguins


@pytest.fixture
def context(tmp_path):
    return InteractiveContext("penguins", tmp_path / "root")


@pytest.fixture
def csv(tmp_path):
    """A folder with the complete penguins as one CSV file."""
    return write_penguins(tmp_path / "data")


class Described:
    """The penguins, their statistics and their schema, made once for all tests that only read them."""

    def __init__(self, folder):
        self.folder = folder
        self.context = InteractiveContext("penguins", folder / "root")
        self.example_gen = CsvExampleGen(input_base=write_penguins(folder / "data"))
        self.statistics_gen = StatisticsGen(examples=self.example_gen.outputs["examples"])
        self.schema_gen = SchemaGen(statistics=self.statistics_gen.outputs["statistics"])
        for node in (self.example_gen, self.statistics_gen, self.schema_gen):
            self.context.run(node)
        self.examples = self.example_gen.outputs["examples"]
        self.statistics = self.statistics_gen.outputs["statistics"]
        self.schema = self.schema_gen.outputs["schema"]

    def run(self, component, output):
        """Runs a component; its result and the artifact of one output."""
        result = self.context.run(component)
        return result, component.outputs[output].get()[0]


@pytest.fixture(scope="session")
def described(tmp_path_factory):
    return Described(tmp_path_factory.mktemp("described"))
