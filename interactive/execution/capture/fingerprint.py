"""What counts as a change of code.

Two sources have the same digest if they parse to the same syntax tree: comments, blank lines and
formatting do not count, docstrings do. The walk below is our own rather than `ast.dump`, whose text
differs between Python versions.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator

# Fields that carry no meaning of their own, or that only some Python versions fill.
_IGNORED_FIELDS = frozenset({"ctx", "kind", "type_comment", "type_ignores"})


def digest_tree(tree: ast.AST) -> str:
    """Return the SHA-256 of a syntax tree in hexadecimal, blind to positions and formatting."""
    return digest(_tokens(tree))


def digest_source(text: str) -> str:
    """Return `digest_tree` of a source text, or the digest of the text where it does not parse."""
    try:
        return digest_tree(ast.parse(text))
    except (SyntaxError, ValueError):
        return digest(["text", text])


def digest(parts: Iterable[str]) -> str:
    """Return the SHA-256 of a sequence of strings; their boundaries count."""
    hasher = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        hasher.update(b"%d:" % len(data))
        hasher.update(data)
    return hasher.hexdigest()


def _tokens(root: object) -> Iterator[str]:
    stack: list[object] = [root]
    while stack:
        item = stack.pop()
        if isinstance(item, _Close):
            yield item.text
        elif isinstance(item, ast.Constant):
            yield f"constant {type(item.value).__name__}"
            yield _constant(item.value)
        elif isinstance(item, ast.AST):
            yield f"({type(item).__name__}"
            stack.append(_Close(")"))
            fields = [
                (name, value)
                for name, value in ast.iter_fields(item)
                if name not in _IGNORED_FIELDS and value is not None and value != []
            ]
            for name, value in reversed(fields):
                stack.append(value)
                stack.append(_Close(f".{name}"))
        elif isinstance(item, list):
            yield "["
            stack.append(_Close("]"))
            stack.extend(_Close("none") if part is None else part for part in reversed(item))
        else:
            yield f"{type(item).__name__} {item}"


class _Close:
    """A token that waits on the stack."""

    def __init__(self, text: str) -> None:
        self.text = text


def _constant(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return value.hex()
    if isinstance(value, complex):
        return f"{value.real.hex()} {value.imag.hex()}"
    if isinstance(value, int) and not isinstance(value, bool):
        return hex(value)
    return repr(value)
