"""Finding the source of one function, lambda or class, and cutting it out of its cell or file."""

import ast
import enum
import inspect
import io
import linecache
import tokenize
import types
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from interactive.errors import CaptureError

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Snippet:
    """A definition or a lambda, cut out of its cell.

    Attributes:
        text: Source from the first decorator (if kept) to the end, starting at column 0. For a lambda
            the expression alone.
        tree: Syntax tree of `text`; positions are those in `text`.
        first_line: Line of the cell on which `text` begins.
        assigned: The variable that the source assigns a lambda to; empty otherwise.
    """

    text: str
    tree: Definition | ast.Lambda
    first_line: int
    assigned: str = ""

    @property
    def decorated(self) -> bool:
        """True if decorators are part of the text."""
        return not isinstance(self.tree, ast.Lambda) and bool(self.tree.decorator_list)

    def line(self, number: int) -> str:
        """Return line `number` of the cell, stripped."""
        lines = self.text.splitlines()
        index = number - self.first_line
        return lines[index].strip() if 0 <= index < len(lines) else ""


def function_snippet(function: types.FunctionType) -> Snippet:
    """Return the source of a function or lambda, decorators included.

    Raises:
        CaptureError: If there is no source, or no certain one.
    """
    code = function.__code__
    lines = _lines(code.co_filename, function.__globals__)
    if not lines:
        raise CaptureError(_no_source(function.__name__, code.co_filename))
    source = "".join(lines)
    if code.co_name == "<lambda>":
        return _lambda_snippet(source, code)
    for _, node in _definitions(source):
        if (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and node.name == code.co_name
            and _first_line(node) == code.co_firstlineno
        ):
            return _cut(source, node)
    raise CaptureError(
        f"The source of `{function.__name__}` is not where it was defined, in {code.co_filename} line "
        f"{code.co_firstlineno}: the text has changed since. Run the definition again."
    )


def class_snippet(cls: type, namespace: dict[str, object]) -> Snippet | None:
    """Return the source of a class, decorators included; None if no class statement made it.

    Python keeps the place of a class's methods but (before 3.13) not of the class. A class without
    methods is looked up in the cells that ran, latest first, and must agree with the live class in
    its names and simple values.

    Args:
        cls: The class.
        namespace: The globals of the notebook, whose `In` lists the cells that ran.
    """
    for source, line in _method_places(cls):
        for qualname, node in _definitions(source):
            if (
                isinstance(node, ast.ClassDef)
                and qualname == cls.__qualname__
                and node.lineno <= line <= (node.end_lineno or 0)
            ):
                return _cut(source, node)
    cells = [
        node_source
        for cell in dict.fromkeys(_cells(namespace))
        if f"class {cls.__name__}" in cell
        for node_source in _class_statements(cell, cls.__qualname__)
    ]
    # An attribute may have been changed since; then only the names agree.
    for strict in (True, False):
        for source, node in cells:
            if _agrees(node, cls, strict=strict):
                return _cut(source, node)
    return None


def _class_statements(source: str, qualname: str) -> Iterator[tuple[str, ast.ClassDef]]:
    for name, node in reversed(_definitions(source)):
        if isinstance(node, ast.ClassDef) and name == qualname:
            yield source, node


def without_decorators(snippet: Snippet, drop: int) -> Snippet:
    """Return a snippet without its first `drop` decorators."""
    tree = snippet.tree
    if isinstance(tree, ast.Lambda) or drop == 0:
        return snippet
    kept = tree.decorator_list[drop:]
    start = kept[0].lineno if kept else tree.lineno
    text = "\n".join(snippet.text.split("\n")[start - 1 :])
    return Snippet(text, _parse(text), snippet.first_line + start - 1)


def renamed(snippet: Snippet, name: str) -> Snippet:
    """Return a snippet that defines `name` instead; uses within its body stay as they are."""
    tree = snippet.tree
    if isinstance(tree, ast.Lambda) or tree.name == name:
        return snippet
    lines = snippet.text.split("\n")
    line = lines[tree.lineno - 1]
    at = line.index(tree.name, line.index("class " if isinstance(tree, ast.ClassDef) else "def "))
    lines[tree.lineno - 1] = line[:at] + name + line[at + len(tree.name) :]
    text = "\n".join(lines)
    return Snippet(text, _parse(text), snippet.first_line)


def replaced(snippet: Snippet, changes: list[tuple[ast.expr, str]]) -> Snippet:
    """Return a snippet in which some expressions of its tree are replaced by other text."""
    if not changes:
        return snippet
    data = [line.encode() for line in snippet.text.split("\n")]
    for node, text in sorted(changes, key=lambda c: (c[0].lineno, c[0].col_offset), reverse=True):
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        end = node.end_col_offset or 0
        joined = data[first][: node.col_offset] + text.encode() + data[last][end:]
        data[first : last + 1] = [joined]
    text = b"\n".join(data).decode()
    return Snippet(text, _parse(text), snippet.first_line, snippet.assigned)


def _parse(text: str) -> Definition | ast.Lambda:
    node = ast.parse(text).body[0]
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Lambda):
        return node.value
    if not isinstance(node, Definition):
        raise CaptureError(f"Expected a definition, found {type(node).__name__}: {text[:60]!r}.")
    return node


def _lines(filename: str, namespace: dict[str, object]) -> list[str]:
    if not filename.startswith("<"):
        linecache.checkcache(filename)
    return linecache.getlines(filename, namespace)


@lru_cache(maxsize=256)
def _definitions(source: str) -> list[tuple[str, ast.AST]]:
    """Return all definitions and lambdas of a source with their qualified names, in order."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return []
    found: list[tuple[str, ast.AST]] = []

    def visit(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            inner = prefix
            if isinstance(child, Definition):
                found.append((prefix + child.name, child))
                local = "." if isinstance(child, ast.ClassDef) else ".<locals>."
                inner = f"{prefix}{child.name}{local}"
            elif isinstance(child, ast.Lambda):
                found.append((f"{prefix}<lambda>", child))
                inner = f"{prefix}<lambda>.<locals>."
            visit(child, inner)

    visit(tree, "")
    return found


def _first_line(node: Definition) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _cut(source: str, node: Definition) -> Snippet:
    first = _first_line(node)
    lines = source.split("\n")[first - 1 : node.end_lineno]
    # Cut what follows on the last line, such as a semicolon or a comment.
    lines[-1] = lines[-1].encode()[: node.end_col_offset].decode()
    text = _dedent(lines, node.col_offset)
    return Snippet(text, _parse(text), first)


def _dedent(lines: list[str], columns: int) -> str:
    """Take `columns` of indentation away, but leave the inside of multi-line strings alone."""
    if columns == 0:
        return "\n".join(lines)
    wrapped = "if True:\n" + "\n".join(lines) + "\n"
    inside = _string_lines(wrapped)
    result = []
    for number, line in enumerate(lines, start=2):
        lead = len(line) - len(line.lstrip())
        result.append(line if number in inside else line[min(columns, lead) :])
    return "\n".join(result)


def _string_lines(source: str) -> set[int]:
    """Return the lines that begin within a string."""
    inside: set[int] = set()
    opened: list[int] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        kind = tokenize.tok_name[token.type]
        if kind in {"FSTRING_START", "TSTRING_START"}:
            opened.append(token.start[0])
        elif kind in {"FSTRING_END", "TSTRING_END"}:
            inside.update(range(opened.pop() + 1, token.end[0] + 1))
        elif kind == "STRING":
            inside.update(range(token.start[0] + 1, token.end[0] + 1))
    return inside


def _lambda_snippet(source: str, code: types.CodeType) -> Snippet:
    nodes = [node for _, node in _definitions(source) if isinstance(node, ast.Lambda)]
    nodes = [node for node in nodes if node.lineno <= code.co_firstlineno <= (node.end_lineno or 0)]
    exact = [node for node in nodes if _span(node.body) in set(code.co_positions())]
    chosen = exact if exact else nodes
    if len(chosen) != 1:
        raise CaptureError(
            f"Cannot tell which of the lambdas on line {code.co_firstlineno} is meant. Put each on a "
            "line of its own, or write it as a function with `def`."
        )
    text = ast.get_source_segment(source, chosen[0])
    if text is None:
        raise CaptureError(f"The lambda on line {code.co_firstlineno} has no source text.")
    if "\n" in text:
        text = f"({text})"
    return Snippet(text, _parse(text), chosen[0].lineno, _assigned(source, chosen[0]))


def _assigned(source: str, chosen: ast.Lambda) -> str:
    for node in ast.walk(ast.parse(source)):
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if (
            isinstance(node, ast.Assign)
            and isinstance(target, ast.Name)
            and isinstance(node.value, ast.Lambda)
            and _span(node.value) == _span(chosen)
        ):
            return target.id
    return ""


def _span(node: ast.expr) -> tuple[int | None, int | None, int | None, int | None]:
    return node.lineno, node.end_lineno, node.col_offset, node.end_col_offset


def _method_places(cls: type) -> Iterator[tuple[str, int]]:
    """Yield the source and the line of each method that was written in the class's own body."""
    for name, value in vars(cls).items():
        for function in functions_of(value):
            code = function.__code__
            if code.co_qualname == f"{cls.__qualname__}.{name}":
                lines = _lines(code.co_filename, function.__globals__)
                if lines:
                    yield "".join(lines), code.co_firstlineno


def functions_of(value: object) -> Iterator[types.FunctionType]:
    """Yield the plain functions behind a class attribute: methods, properties, wrapped functions."""
    if isinstance(value, staticmethod | classmethod):
        value = value.__func__
    if isinstance(value, property):
        for part in (value.fget, value.fset, value.fdel):
            if part is not None:
                yield from functions_of(part)
        return
    value = inspect.unwrap(value) if callable(value) else value
    if isinstance(value, types.FunctionType):
        yield value


def _cells(namespace: dict[str, object]) -> Iterator[str]:
    """Yield the sources of the cells that ran, latest first; a script counts as a cell."""
    cells = namespace.get("In")
    if isinstance(cells, list):
        yield from (cell for cell in reversed(cells) if isinstance(cell, str))
    script = namespace.get("__file__")
    if isinstance(script, str):
        yield "".join(_lines(script, namespace))
    for filename in reversed(list(linecache.cache)):
        if "ipykernel" in filename or filename.startswith("<"):
            yield "".join(linecache.getlines(filename))


def _agrees(node: ast.ClassDef, cls: type, *, strict: bool) -> bool:
    """Return True if a class statement could have made the live class."""
    own = vars(cls)
    line = own.get("__firstlineno__")
    if isinstance(line, int) and line != _first_line(node):
        return False
    fields = getattr(cls, "__dataclass_fields__", {})
    annotated: set[str] = set()
    for name, value in _body_names(node, annotated):
        if name.startswith("__"):
            continue
        if name not in own and name not in fields:
            return False
        if strict and name in own and not _same_literal(value, own[name]):
            return False
    return annotated == set(own.get("__annotations__", getattr(cls, "__annotations__", {})))


def _body_names(node: ast.ClassDef, annotated: set[str]) -> Iterator[tuple[str, ast.expr | None]]:
    """Yield the names that a class body binds, with their expressions; fill `annotated`."""
    for statement in node.body:
        if isinstance(statement, Definition):
            yield statement.name, None
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    yield target.id, statement.value
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            annotated.add(statement.target.id)
            if statement.value is not None:
                yield statement.target.id, statement.value


def _same_literal(node: ast.expr | None, value: object) -> bool:
    """Return False if a literal in the source differs from the plain value that the class has."""
    if isinstance(value, enum.Enum):
        value = value.value
    if node is None or not isinstance(value, int | float | str | bytes | tuple | list | dict | None):
        return True
    try:
        literal = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        return True
    return type(literal) is not type(value) or bool(literal == value)


def _no_source(name: str, filename: str) -> str:
    begin = f"`{name}` has no source text, so it cannot be captured: it was defined in {filename!r}. "
    if filename in {"<timed exec>", "<magic-timeit>"}:
        return begin + (
            "The cell begins with a magic such as %%time, which keeps no source. Define the function "
            "in a cell without the magic."
        )
    if filename == "<stdin>":
        return begin + "Python's plain prompt keeps no source. Use a notebook cell or a .py file."
    return begin + (
        "Code made by exec or eval keeps none. Define it in a notebook cell, or put it into a .py file "
        "and give `module_file=`."
    )
