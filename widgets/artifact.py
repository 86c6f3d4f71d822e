"""An artifact of any type: its properties and its files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from widgets import _check, _files
from widgets._blocks import Block, Cell, Column, Facts, Note, Row, simple_table
from widgets._format import size
from widgets._values import words
from widgets._view import View

_LONG_VALUE = 2000


class ArtifactView(View):
    """Properties and files of an artifact whose type has no view of its own.

    Example:
        `ArtifactView("ModelRun", "/pipeline/Trainer/model_run/7", {"steps": 500})`

    Args:
        type_name: The artifact's type, which is the heading.
        uri: Where its payload lies: a folder or a file. Where nothing lies there any more, the view says so.
        properties: Property values by name: numbers, str, bytes and what JSON can express.

    Raises:
        TypeError: An argument is of another type.
    """

    def __init__(self, type_name: str, uri: str, properties: Mapping[str, Any]) -> None:
        for what, value in (("a type name", type_name), ("a uri", uri)):
            if not isinstance(value, str):
                raise _check.type_error("ArtifactView", f"{what} that is a str", value, "Use str(...).")
        if not isinstance(properties, Mapping):
            raise _check.type_error(
                "ArtifactView", "a mapping of properties", properties, "Give a dict, {} where there are none."
            )
        self.title = type_name
        self.uri = uri
        self.properties = dict(properties)

    def _blocks(self) -> list[Block]:
        place = Path(self.uri)
        facts: list[tuple[str, str | Cell]] = [("URI", Cell(self.uri or "none", code=True))]
        found: list[Block] = []
        if self.uri and place.is_dir():
            files = _files.below(place)
            found.append(_files.table(files) if files else Note("This folder has no files.", dim=True))
        elif self.uri and place.is_file():
            facts.append(("Size", size(place.stat().st_size)))
        else:
            found.append(Note("Nothing lies there: the artifact was moved or deleted.", "warn"))
        blocks: list[Block] = [Facts(facts)]
        if self.properties:
            rows: list[Row] = [
                [name, Cell(words(value, _LONG_VALUE))] for name, value in self.properties.items()
            ]
            columns = [Column("Property"), Column("Value")]
            blocks.append(simple_table("Properties", columns, rows, noun="properties"))
        else:
            blocks.append(Note("This artifact has no properties.", dim=True))
        return [*blocks, *found]
