import os
from pathlib import Path

import pytest

from interactive.components import ImportSchemaGen
from interactive.errors import InputError, SpecError

TEXT = 'feature {\n  name: "year"\n  type: INT\n}\n'


@pytest.fixture
def schema_file(tmp_path):
    (tmp_path / "kept").mkdir()
    path = tmp_path / "kept" / "penguins.pbtxt"
    path.write_text(f"# kept by hand\n{TEXT}")
    return path


def test_it_copies_a_schema_file(context, schema_file):
    component = ImportSchemaGen(schema_file=str(schema_file))
    assert context.run(component).state == "complete"
    (schema,) = component.outputs["schema"].get()
    assert schema.type_name == "Schema"
    assert not schema.is_external
    assert (Path(schema.uri) / "schema.pbtxt").read_text() == TEXT


def test_the_cache_follows_the_content(context, schema_file):
    def state():
        return context.run(ImportSchemaGen(schema_file=str(schema_file))).state

    assert [state(), state()] == ["complete", "cached"]
    os.utime(schema_file, (5, 5))
    assert state() == "cached"
    moved = schema_file.rename(schema_file.parent.parent / "moved.pbtxt")
    assert context.run(ImportSchemaGen(schema_file=str(moved))).state == "cached"
    schema_file = moved
    schema_file.write_text(TEXT.replace("year", "yeer"))
    assert [state(), state()] == ["complete", "cached"]


def test_bad_files(context, schema_file):
    with pytest.raises(SpecError, match="ImportSchemaGen: argument 'schema_file' is missing"):
        ImportSchemaGen()
    missing = schema_file.with_name("penguin.pbtxt")
    with pytest.raises(InputError, match=r"no schema file at .*its folder holds: penguins\.pbtxt"):
        context.run(ImportSchemaGen(schema_file=str(missing)))
    schema_file.write_text("feature { nam: 'x' }")
    with pytest.raises(InputError, match=r'is no text-format .*Schema.*has no field named "nam"'):
        context.run(ImportSchemaGen(schema_file=str(schema_file)))
    schema_file.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="is no text-format"):
        context.run(ImportSchemaGen(schema_file=str(schema_file)))
