"""What a captured module is made of: imports, constants, definitions, each under one name."""

import ast
from dataclasses import dataclass, field

from .expressions import Expression, Imported, Local, key, walk
from .fingerprint import digest_tree
from .names import Names


@dataclass
class ImportNode:
    """`from module import path as name`, or `import module as name` where the path is empty.

    Attributes:
        target: What is imported.
        submodules: Dotted modules below it that the code reaches through its name.
    """

    target: Imported
    submodules: set[str] = field(default_factory=set)

    def needs(self) -> set[str]:
        """Return the names that must be defined before."""
        return set()

    def later(self) -> set[str]:
        """Return the names that must be defined when it is used."""
        return set()

    def meaning(self) -> str:
        """Return what counts for the fingerprint."""
        return f"import {key(self.target)}"


@dataclass
class ConstantNode:
    """`name = expression`.

    Attributes:
        expression: The value as source.
        lambdas: Names used by lambdas within the expression.
    """

    expression: Expression
    lambdas: list[Names] = field(default_factory=list)

    def needs(self) -> set[str]:
        """Return the names that must be defined before."""
        names = {part.name for part in walk(self.expression) if isinstance(part, Local)}
        return names | _used(self.lambdas, at_definition=True)

    def later(self) -> set[str]:
        """Return the names that must be defined when it is used."""
        return _used(self.lambdas, at_definition=False)

    def meaning(self) -> str:
        """Return what counts for the fingerprint."""
        return f"constant {key(self.expression)}"


@dataclass
class DefinitionNode:
    """A `def`, a `class`, or `name = lambda ...`.

    Attributes:
        text: Source.
        tree: Its syntax tree.
        names: The global names that it uses.
        attributes: Attributes that were set on it after its definition.
    """

    text: str
    tree: ast.AST
    names: Names
    attributes: dict[str, Expression] = field(default_factory=dict)

    def needs(self) -> set[str]:
        """Return the names that must be defined before."""
        return _used([self.names], at_definition=True)

    def later(self) -> set[str]:
        """Return the names that must be defined when it is used."""
        return _used([self.names], at_definition=False)

    def meaning(self) -> str:
        """Return what counts for the fingerprint."""
        extra = "".join(f" .{name} {key(value)}" for name, value in sorted(self.attributes.items()))
        return f"definition {digest_tree(self.tree)}{extra}"


Node = ImportNode | ConstantNode | DefinitionNode


def _used(parts: list[Names], *, at_definition: bool) -> set[str]:
    return {use.name for names in parts for use in names.uses if use.at_definition == at_definition}
