"""The public API, name by name, is what tests/api_snapshot.txt says it is.

A change of it is a decision: `make api-snapshot` writes the file anew, and its diff shows what users get.
"""

import difflib
import enum
import importlib
import importlib.util
import inspect
import re
import sys
import typing
from pathlib import Path
from types import MappingProxyType

from google.protobuf import struct_pb2, type_pb2
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from google.protobuf.message import Message

SNAPSHOT = Path(__file__).with_name("api_snapshot.txt")
OURS = ("interactive", "widgets")
MODULES = (
    "interactive",
    "interactive.components",
    "interactive.dsl",
    "interactive.dsl.components",
    "interactive.dsl.experimental",
    "interactive.orchestration",
    "interactive.orchestration.metadata",
    "interactive.proto",
    "interactive.types",
    "interactive.types.standard_artifacts",
    "interactive.utils",
    "widgets",
)


def signature(function):
    """Parameters and defaults. Annotations are left to mypy: their text differs between Pythons."""
    try:
        found = inspect.signature(function)
    except (TypeError, ValueError):
        return "(...)"  # written in C
    bare = [
        parameter.replace(annotation=inspect.Parameter.empty, default=shown(parameter.default))
        for parameter in found.parameters.values()
    ]
    return str(found.replace(parameters=bare, return_annotation=inspect.Signature.empty))


def shown(default):
    """A default whose repr does not depend on the process or on a library's version."""
    if default is inspect.Parameter.empty:
        return default
    text = repr(default)
    simple = isinstance(default, bool | int | float | str | bytes | tuple | type(None))
    if type(default).__name__ == "_HAS_DEFAULT_FACTORY_CLASS":
        return _Verbatim("<factory>")
    return _Verbatim(text if simple and " at 0x" not in text else f"<{type(default).__name__}>")


class _Verbatim:
    def __init__(self, text):
        self._text = text

    def __repr__(self):
        return self._text


def describe(name, value, public=MappingProxyType({})):
    """The lines of one public name; `public` has the classes that are described, and where."""
    if inspect.ismodule(value):
        return [f"{name}: module {value.__name__}"]
    if isinstance(value, EnumTypeWrapper):
        return [f"{name}: enum", *(f"{name}.{key} = {number}" for key, number in value.items())]
    if typing.get_origin(value) is not None:
        return [f"{name}: type alias"]
    if inspect.isclass(value):
        return describe_class(name, value, public)
    if callable(value):
        return [f"{name}{signature(value)}"]
    if isinstance(value, str | int | float | tuple):
        return [f"{name} = {value!r}" if not name.endswith("__version__") else name]
    return [f"{name}: {type(value).__name__}"]


def describe_class(name, value, public):
    if issubclass(value, Message):
        return describe_message(name, value.DESCRIPTOR)
    if issubclass(value, enum.Enum):
        return [f"{name}: enum", *(f"{name}.{member.name} = {member.value!r}" for member in value)]
    if issubclass(value, BaseException):
        return [f"{name}: exception"]
    public_bases = [base for base in value.__mro__[1:] if base in public]
    lines = [f"{name}{signature(value)}" + "".join(f" < {public[base]}" for base in public_bases[:1])]
    for member, attribute in sorted(public_members(value, public_bases).items()):
        if isinstance(attribute, property):
            lines.append(f"{name}.{member}: property")
        elif isinstance(attribute, staticmethod | classmethod):
            lines.append(f"{name}.{member}{signature(attribute.__func__)}: {type(attribute).__name__}")
        elif inspect.isfunction(attribute):
            lines.append(f"{name}.{member}{signature(attribute)}")
        elif isinstance(attribute, str | int | float):
            lines.append(f"{name}.{member} = {attribute!r}")
        else:
            lines.append(f"{name}.{member}")
    return lines


def describe_message(name, descriptor):
    fields = ", ".join(sorted(descriptor.fields_by_name))
    lines = [f"{name}({fields}): message"]
    for nested in sorted(descriptor.nested_types, key=lambda nested: nested.name):
        if not nested.GetOptions().map_entry:
            lines += describe_message(f"{name}.{nested.name}", nested)
    for kind in sorted(descriptor.enum_types, key=lambda kind: kind.name):
        lines += [f"{name}.{value.name} = {value.number}" for value in kind.values]
    return lines


def public_members(value, public_bases):
    """What the class and its own private bases define.

    What a public base defines is listed with that base; what another library's base defines is theirs.
    """
    listed_elsewhere = {ancestor for base in public_bases for ancestor in base.__mro__}
    members = {}
    for base in reversed(value.__mro__):
        if base.__module__.split(".")[0] in OURS and base not in listed_elsewhere:
            members.update({n: a for n, a in vars(base).items() if not n.startswith("_")})
    return members


def snapshot():
    """The whole public API as text. What several modules export is described where it comes first."""
    exports = {
        module_name: {name: getattr(module, name) for name in sorted(public_names(module))}
        for module_name in MODULES
        if exists(module_name) and (module := importlib.import_module(module_name))
    }
    public = {}
    for module_name, members in exports.items():
        for name, value in members.items():
            if inspect.isclass(value):
                public.setdefault(value, f"{module_name}.{name}")
    lines = []
    for module_name, members in exports.items():
        lines.append(f"# {module_name}")
        for name, value in members.items():
            first = public.get(value, "") if inspect.isclass(value) else ""
            if first in {"", f"{module_name}.{name}"}:
                lines += describe(name, value, public)
            else:
                lines.append(f"{name}: is {first}")
        lines.append("")
    return "\n".join(lines)


def public_names(module):
    names = getattr(module, "__all__", None)
    assert names is not None, f"{module.__name__} has no __all__, which is what makes its API public"
    return list(names)


def exists(module_name):
    try:
        return importlib.util.find_spec(module_name) is not None
    except ModuleNotFoundError as error:
        if error.name is not None and module_name.startswith(error.name):
            return False  # its parent package does not exist
        raise


def test_public_api_is_the_recorded_one():
    recorded = SNAPSHOT.read_text(encoding="utf-8").splitlines()
    current = snapshot().splitlines()
    changes = "\n".join(difflib.unified_diff(recorded, current, "recorded", "current", lineterm=""))
    assert not changes, f"The public API changed; if that is meant, run `make api-snapshot`.\n{changes}"


def test_no_private_or_missing_name_is_public():
    for module_name in filter(exists, MODULES):
        module = importlib.import_module(module_name)
        names = public_names(module)
        assert len(set(names)) == len(names), f"{module_name}.__all__ repeats a name"
        missing = [n for n in names if not hasattr(module, n)]
        assert not missing, f"{module_name}.__all__ names what is not there"
        private = [n for n in names if re.match(r"_(?!_)", n)]
        assert not private, f"{module_name}.__all__ has private names"


def test_description_shows_what_callers_depend_on():
    class Example:
        limit = 3

        def __init__(self, a: int, *, b="x", c=object()):  # noqa: B008 -- the default under test
            pass

        @property
        def size(self): ...

        @classmethod
        def make(cls, path): ...

        def _hidden(self): ...

    Example.__module__ = "interactive.example"
    assert describe("Example", Example) == [
        "Example(a, *, b='x', c=<object>)",
        "Example.limit = 3",
        "Example.make(cls, path): classmethod",
        "Example.size: property",
    ]

    class Derived(Example):
        limit = 4

    Derived.__module__ = "interactive.example"
    assert describe("Derived", Derived, {Example: "interactive.Example"}) == [
        "Derived(a, *, b='x', c=<object>) < interactive.Example",
        "Derived.limit = 4",
    ]
    assert describe("f", lambda x=(1, None): x) == ["f(x=(1, None))"]
    assert describe("A", type[Example]) == describe("A", int | None) == ["A: type alias"]
    assert describe("E", KeyError) == ["E: exception"]
    assert describe("S", struct_pb2.Struct) == ["S(fields): message"]
    assert "F.TYPE_DOUBLE = 1" in describe("F", type_pb2.Field)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    SNAPSHOT.write_text(snapshot(), encoding="utf-8")
