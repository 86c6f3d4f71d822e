"""Python expressions as small trees, so that names are chosen last and long lines are wrapped.

`key` gives the meaning of a tree as text; it enters the fingerprint. `render` gives readable source.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

WIDTH = 88
_FILL = 14  # short items of a long list share lines


@dataclass(frozen=True)
class Atom:
    """Source text that stays as it is; `meaning` stands for it in the key where given."""

    text: str
    meaning: str = ""


@dataclass(frozen=True)
class Text:
    """A string or bytes literal."""

    value: str | bytes


@dataclass(frozen=True)
class Local:
    """A name that the captured module defines."""

    name: str


@dataclass(frozen=True)
class Imported:
    """`path` in an importable module; an empty path is the module itself.

    `meaning` names the object by where it is defined, which is the same whatever route is imported.
    """

    module: str
    path: str = ""
    meaning: str = field(default="", compare=False)


@dataclass(frozen=True)
class Member:
    """`base.name`."""

    base: "Expression"
    name: str


@dataclass(frozen=True)
class Call:
    """`function(argument, keyword=argument)`; positional arguments have an empty keyword."""

    function: "Expression"
    arguments: tuple[tuple[str, "Expression"], ...] = ()


@dataclass(frozen=True)
class Items:
    """A bracketed list: tuple, list, set or the inside of a subscript."""

    opening: str
    items: tuple["Expression", ...]
    closing: str


@dataclass(frozen=True)
class Pairs:
    """A dictionary display, in order."""

    pairs: tuple[tuple["Expression", "Expression"], ...]


@dataclass(frozen=True)
class Subscript:
    """`base[items]`."""

    base: "Expression"
    items: tuple["Expression", ...]


@dataclass(frozen=True)
class Joined:
    """`a | b | c`."""

    operator: str
    operands: tuple["Expression", ...]


Expression = Atom | Text | Local | Imported | Member | Call | Items | Pairs | Subscript | Joined
Namer = Callable[[Imported], str]


def children(expression: Expression) -> Iterator[Expression]:
    """Yield the direct parts of an expression."""
    match expression:
        case Member(base, _):
            yield base
        case Call(function, arguments):
            yield function
            yield from (argument for _, argument in arguments)
        case Items(_, items, _):
            yield from items
        case Pairs(pairs):
            for pair in pairs:
                yield from pair
        case Subscript(base, items):
            yield base
            yield from items
        case Joined(_, operands):
            yield from operands


def walk(expression: Expression) -> Iterator[Expression]:
    """Yield an expression and all its parts."""
    yield expression
    for child in children(expression):
        yield from walk(child)


def key(expression: Expression) -> str:
    """Return the meaning of an expression as text: equal keys, equal values."""
    own = type(expression).__name__
    match expression:
        case Atom(text, meaning):
            return f"{own}({meaning or text!r})"
        case Text(value):
            return f"{own}({type(value).__name__} {value!a})"
        case Local(name):
            return f"{own}({name})"
        case Imported(module, path, meaning):
            return f"{own}({meaning or module + ':' + path})"
        case Member(_, name):
            own += f".{name}"
        case Call(_, arguments):
            own += f"<{','.join(keyword for keyword, _ in arguments)}>"
        case Items(opening, _, _):
            own += opening
        case Joined(operator, _):
            own += operator
    return f"{own}({','.join(key(child) for child in children(expression))})"


def one_line(expression: Expression, namer: Namer) -> str:  # noqa: PLR0911 - one for each kind
    """Return an expression as source on one line (strings keep their escapes)."""

    def show(part: Expression) -> str:
        return one_line(part, namer)

    match expression:
        case Atom(text, _):
            return text
        case Text(value):
            return _quoted(value)
        case Local(name):
            return name
        case Imported():
            return namer(expression)
        case Member(base, name):
            return f"{show(base)}.{name}"
        case Call(function, arguments):
            inside = ", ".join(f"{k}={show(v)}" if k else show(v) for k, v in arguments)
            return f"{show(function)}({inside})"
        case Items(opening, items, closing):
            inside = ", ".join(map(show, items))
            comma = "," if len(items) == 1 and opening == "(" else ""
            return f"{opening}{inside}{comma}{closing}"
        case Pairs(pairs):
            return "{" + ", ".join(f"{show(k)}: {show(v)}" for k, v in pairs) + "}"
        case Subscript(base, items):
            return f"{show(base)}[{', '.join(map(show, items))}]"
        case Joined(operator, operands):
            return f" {operator} ".join(map(show, operands))


def render(expression: Expression, namer: Namer, *, indent: int = 0, used: int = 0) -> str:
    """Return an expression as source, wrapped where it is longer than a line.

    Args:
        expression: What to write.
        namer: Gives the source for an imported object.
        indent: Spaces before a continuation line of the surrounding code.
        used: Characters that already stand before and after it on its first line.
    """
    flat = one_line(expression, namer)
    if len(flat) + indent + used <= WIDTH:
        return flat
    pad = " " * (indent + 4)
    match expression:
        case Items(opening, items, closing) if items:
            texts = [render(item, namer, indent=indent + 4, used=1) for item in items]
            body = _lines(texts, pad)
        case Pairs(pairs) if pairs:
            texts = []
            for left, right in pairs:
                head = one_line(left, namer) + ": "
                texts.append(head + render(right, namer, indent=indent + 4, used=len(head) + 1))
            opening, closing, body = "{", "}", _lines(texts, pad)
        case Call(function, arguments) if arguments:
            texts = []
            for keyword, value in arguments:
                head = f"{keyword}=" if keyword else ""
                texts.append(head + render(value, namer, indent=indent + 4, used=len(head) + 1))
            opening, closing = one_line(function, namer) + "(", ")"
            body = _lines(texts, pad)
        case Text(value):
            pieces = _pieces(value, WIDTH - indent - 8)
            if len(pieces) == 1:
                return flat
            opening, closing = "(", ")"
            body = "".join(f"{pad}{_quoted(piece)}\n" for piece in pieces)
        case _:
            return flat
    return f"{opening}\n{body}{' ' * indent}{closing}"


def _lines(texts: list[str], pad: str) -> str:
    if len(texts) < 8 or any(len(text) > _FILL for text in texts):
        return "".join(f"{pad}{text},\n" for text in texts)
    lines: list[str] = []
    current = pad
    for text in texts:
        if len(current) + len(text) + 2 > WIDTH and current != pad:
            lines.append(current.rstrip() + "\n")
            current = pad
        current += f"{text}, "
    lines.append(current.rstrip() + "\n")
    return "".join(lines)


def _quoted(value: str | bytes) -> str:
    """Return a literal in double quotes where that needs no further escapes."""
    text = repr(value)
    if text.endswith("'") and '"' not in text:
        head = text.index("'")
        text = f'{text[:head]}"{text[head + 1 : -1]}"'
    return text


def _pieces(value: str | bytes, width: int) -> list[str] | list[bytes]:
    """Cut a string at line ends, and where a line is too long for the page."""
    width = max(width, 40)
    if isinstance(value, bytes):
        return [value[at : at + width // 4] for at in range(0, len(value), width // 4)]
    return [
        line[at : at + width] for line in value.splitlines(keepends=True) for at in range(0, len(line), width)
    ]
