"""Following a function's names to all that it needs: the graph that becomes a module."""

import ast
import builtins
import difflib
import inspect
import types
from collections import deque

from interactive.errors import CaptureError

from .builtin_names import is_builtin, plain
from .defaults import changed_defaults
from .definitions import (
    Found,
    Scope,
    find_definition,
    function_scope,
    is_notebook_class,
    is_notebook_function,
)
from .encoder import Encoder
from .expressions import Atom, Expression, Imported, Local, Member, Text, key, one_line
from .fingerprint import digest_tree
from .imports import module_import, object_import
from .local_files import LocalFiles
from .names import Names, Use, global_names
from .nodes import ConstantNode, DefinitionNode, ImportNode, Node
from .patches import class_changes, function_attributes
from .refusals import Place, RefusalError, capture_error, only_in_notebook
from .sources import Snippet, function_snippet, renamed, replaced

# Every module has these.
_MODULE_NAMES = frozenset(
    {"__name__", "__doc__", "__spec__", "__package__", "__loader__", "__builtins__", "__debug__"}
)
_SHARED = (list, dict, set, bytearray)
_MISSING = object()


class Graph:
    """The nodes of a captured module, by name.

    Attributes:
        nodes: Imports, constants and definitions.
        local: Source files of local modules that the nodes import.
        builtins: Names that the code takes from Python's builtins.
        future_annotations: True if a definition was compiled with postponed annotations.
    """

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.local = LocalFiles()
        self.builtins: set[str] = set()
        self.future_annotations = False
        self._values: dict[str, object] = {}
        self._pending: deque[tuple[Names, Scope, Snippet, str]] = deque()
        self._lambdas: list[list[Names]] = []
        self._optional: deque[tuple[Use, Scope, Place, set[str]]] = deque()

    def add_entry(self, value: object, scope: Scope) -> str:
        """Add the captured object and all that it needs; return its name in the module.

        Raises:
            CaptureError: If something it uses cannot be captured.
        """
        name = _entry_name(value, find_definition(value, scope.globals), scope.globals)
        self._bind(name, value, scope, Place("", 0))
        self._follow_all()
        while self._optional:
            self._try(*self._optional.popleft())
        self._share()
        for hidden in sorted(self.builtins & set(self.nodes)):
            raise CaptureError(
                f"`{hidden}` is Python's builtin for one captured function and a variable for another. "
                "Rename the variable."
            )
        return name

    # Names ------------------------------------------------------------------------------------

    def _follow_all(self) -> None:
        while self._pending:
            self._follow(*self._pending.popleft())

    def _try(self, use: Use, scope: Scope, place: Place, members: set[str]) -> None:
        """Add what a postponed annotation names, or nothing at all if that cannot be captured."""
        before = (dict(self.nodes), set(self.builtins), dict(self._values), self.local.copy())
        try:
            self._resolve(use, scope, place, members)
            self._follow_all()
        except CaptureError:
            self._pending.clear()
            self.nodes, self.builtins, self._values, self.local = before

    def _follow(self, names: Names, scope: Scope, snippet: Snippet, function: str) -> None:
        """Resolve the names that one definition uses."""
        self._check_rebound(names, snippet, function)
        try:
            self.local.add_imports(names.imports)
        except CaptureError as error:
            raise CaptureError(f"`{function}`: {error}") from error
        for use in names.uses:
            place = _place(use, snippet, function)
            members = names.members.get(use.name, set())
            if use.name in {"get_ipython", "__file__"} and use.name not in scope.closure:
                raise CaptureError(only_in_notebook(use.name, place))
            if use.optional:
                self._optional.append((use, scope, place, members))
                continue
            if use.at_definition and use.name == function:
                raise CaptureError(
                    f"`{function}` uses its own name while it is being defined, at {place}: that is an "
                    "earlier version of it, which a fresh module does not have. Give the new one "
                    "another name."
                )
            self._resolve(use, scope, place, members)

    def _resolve(self, use: Use, scope: Scope, place: Place, members: set[str]) -> None:
        value = plain(self._look_up(use, scope, place))
        if (
            hasattr(builtins, use.name)
            and value is getattr(builtins, use.name)
            and is_builtin(use.name, value)
        ):
            self.builtins.add(use.name)
        elif value is not _MISSING:
            self._bind(use.name, value, scope, place)
        node = self.nodes.get(use.name)
        if isinstance(node, ImportNode) and not node.target.path:
            self._reach(node, value, members)

    def _look_up(self, use: Use, scope: Scope, place: Place) -> object:
        name = use.name
        if name in scope.closure:
            return scope.closure[name]
        if name in scope.globals and name not in _MODULE_NAMES:
            return scope.globals[name]
        if name in _MODULE_NAMES:
            return _MISSING
        if hasattr(builtins, name):
            return getattr(builtins, name)
        close = difflib.get_close_matches(name, [*scope.closure, *scope.globals], n=1)
        hint = f" Did you mean `{close[0]}`?" if close else ""
        raise CaptureError(
            f"`{name}`, used by {place}, is not defined: running the code would raise NameError. Run "
            f"the cell that defines it first, or correct the name.{hint}"
        )

    def _check_rebound(self, names: Names, snippet: Snippet, function: str) -> None:
        if names.rebound:
            use = names.rebound[0]
            raise CaptureError(
                f"`{use.name}` is assigned as a global by {_place(use, snippet, function)}. A captured "
                "function runs in a module of its own, so the notebook would not see the change and a "
                "cached run would skip it. Return the value instead, or write it to an output."
            )

    def _reach(self, node: ImportNode, module: object, paths: set[str]) -> None:
        """Add the submodules that code reaches through a module's name, as in `os.path.join`."""
        for path in sorted(paths):
            found, dotted = module, node.target.module
            for part in path.split("."):
                found = getattr(found, part, None)
                dotted = f"{dotted}.{part}"
                if not isinstance(found, types.ModuleType) or found.__name__ != dotted:
                    break
                node.submodules.add(dotted)
                self.local.add_module(dotted)

    # Values -----------------------------------------------------------------------------------

    def _bind(self, name: str, value: object, scope: Scope, place: Place) -> None:
        if name in self._values:
            if self._values[name] is not value:
                self._check_same(name, value, scope, place)
            return
        self._values[name] = value
        try:
            self.nodes[name] = self._node(name, value, scope, place)
        except RefusalError as refusal:
            del self._values[name]
            raise capture_error(name, value, place, refusal) from refusal.__cause__
        except CaptureError:
            self._values.pop(name, None)
            raise

    def _check_same(self, name: str, value: object, scope: Scope, place: Place) -> None:
        node = self.nodes.get(name)
        if isinstance(node, ConstantNode):
            try:
                other = self._constant(name, value, scope, place)
            except RefusalError:
                other = None
            if other is not None and key(other.expression) == key(node.expression):
                return
        raise CaptureError(
            f"`{name}`, used by {place}, means two different things in the captured functions: one is "
            "a variable of an enclosing function or of another namespace. Rename one of them."
        )

    def _node(self, name: str, value: object, scope: Scope, place: Place) -> Node:
        if isinstance(value, types.ModuleType):
            return ImportNode(self._import_module(value, name))
        found = find_definition(value, scope.globals, name)
        if found is not None:
            own = found.name
            if own and own != name and scope.globals.get(own) is value:
                self._bind(own, value, scope, place)
                return ConstantNode(Local(own))
            return self._define(name, found, place)
        node = self._constant(name, value, scope, place)
        target = node.expression
        if isinstance(target, Imported) and target.path and "." not in target.path:
            return ImportNode(target)
        return node

    def _constant(
        self, name: str, value: object, scope: Scope, place: Place, *, whole: object = _MISSING
    ) -> ConstantNode:
        """Write a value; `whole` is the object that `name` itself is to hold, by default the value."""
        whole = value if whole is _MISSING else whole
        self._lambdas.append([])
        encoder = Encoder(lambda part: self._known(part, name, whole, scope, place))
        try:
            expression = encoder.encode(value)
        finally:
            lambdas = self._lambdas.pop()
        return ConstantNode(expression, lambdas)

    def _known(self, part: object, name: str, whole: object, scope: Scope, place: Place) -> Expression | None:
        """Return the expression of an object that has a name: imported, builtin or captured."""
        if isinstance(part, types.ModuleType):
            return self._import_module(part, name if part is whole else "")
        part = plain(part)
        own = getattr(part, "__name__", None)
        if isinstance(own, str) and getattr(builtins, own, _MISSING) is part and is_builtin(own, part):
            self.builtins.add(own)
            return Atom(own)
        if isinstance(part, types.FunctionType) and part.__name__ == "<lambda>":
            inline = self._lambda(part, scope)
            if inline is not None:
                return inline
        if part is not whole:
            found = find_definition(part, scope.globals)
            made_by_call = isinstance(part, type) and is_notebook_class(part)
            if found is not None or made_by_call:
                own = found.name if found is not None else str(own)
                return Local(self._bind_part(part, own, scope, place))
        member = self._member(part, name, whole, scope, place)
        if member is not None:
            return member
        target = object_import(part, name if part is whole else "")
        if target is not None:
            self.local.add_module(target.module)
        return target

    def _bind_part(self, part: object, own: str, scope: Scope, place: Place) -> str:
        """Capture a function or class that a constant holds; return its name."""
        name = own
        if scope.globals.get(own, part) is not part:
            name = next((n for n in sorted(scope.globals) if scope.globals[n] is part), own)
        self._bind(name, part, scope, place)
        return name

    def _lambda(self, function: types.FunctionType, scope: Scope) -> Expression | None:
        if not is_notebook_function(function):
            return None
        snippet = function_snippet(function)
        if snippet.assigned and scope.globals.get(snippet.assigned) is function:
            return None
        snippet = self._with_defaults(snippet, function, "lambda")
        own = function_scope(function)
        names = self._names(snippet, function, "lambda")
        self._pending.append((names, own, snippet, "lambda"))
        for collected in self._lambdas:
            collected.append(names)
        return Atom(f"({snippet.text})", digest_tree(snippet.tree))

    def _member(
        self, part: object, name: str, whole: object, scope: Scope, place: Place
    ) -> Expression | None:
        """Return `Class.method` for a method that is reached through its class."""
        owner = getattr(part, "__objclass__", None)
        if owner is None and isinstance(part, types.MethodType | types.BuiltinMethodType):
            owner = part.__self__
        own = getattr(part, "__name__", "")
        if not isinstance(owner, type) or getattr(owner, own, _MISSING) != part:
            return None
        base = self._known(owner, name, whole, scope, place)
        return None if base is None else Member(base, own)

    def _import_module(self, module: types.ModuleType, alias: str) -> Imported:
        target = module_import(module, alias)
        self.local.add_module(f"{target.module}.{target.path}" if target.path else target.module)
        return target

    # Definitions ------------------------------------------------------------------------------

    def _define(self, name: str, found: Found, place: Place) -> DefinitionNode:
        snippet, function = found.snippet, found.function
        if function is not None and found.made is function:
            snippet = self._with_defaults(snippet, function, name)
        snippet = renamed(snippet, name)
        names = self._names(snippet, found.made, name)
        if "__class__" in found.scope.closure and any(use.name == "super" for use in names.uses):
            raise CaptureError(
                f"`{name}` is a method that calls super(), which works only within its class. Pass a "
                "plain function, or the class."
            )
        self._pending.append((names, found.scope, snippet, name))
        text = snippet.text
        if isinstance(snippet.tree, ast.Lambda):
            text = f"{name} = {text}"
        node = DefinitionNode(text, snippet.tree, names)
        if not snippet.decorated and function is not None:
            changes = function_attributes(function)
        elif isinstance(found.made, type):
            changes = class_changes(found.made, snippet)
        else:
            changes = {}
        for attribute, value in changes.items():
            shown = f"{name}.{attribute}"
            try:
                constant = self._constant(shown, value, found.scope, place, whole=None)
            except RefusalError as refusal:
                raise capture_error(shown, value, place, refusal) from refusal.__cause__
            node.attributes[attribute] = constant.expression
        return node

    def _names(self, snippet: Snippet, made: object, name: str) -> Names:
        code = getattr(inspect.unwrap(made) if callable(made) else made, "__code__", None)
        future = bool(code and code.co_flags & 0x1000000) or _has_postponed(made)
        self.future_annotations |= future and not isinstance(snippet.tree, ast.Lambda)
        try:
            return global_names(snippet.text, future_annotations=future)
        except SyntaxError as error:
            if "nonlocal" in str(error):
                raise CaptureError(
                    f"`{name}` changes a variable of the function around it (`nonlocal`), line "
                    f"{snippet.first_line + (error.lineno or 1) - 1} of its cell. Such a state is lost "
                    "in a module. Pass the value as an argument and return the new one, or write a "
                    "class."
                ) from error
            raise CaptureError(
                f"The source of `{name}` does not compile on its own, line "
                f"{snippet.first_line + (error.lineno or 1) - 1} of its cell: {error.msg}."
            ) from error

    def _with_defaults(self, snippet: Snippet, function: types.FunctionType, name: str) -> Snippet:
        """Write the values that the function has as defaults where their names mean others now."""
        place = Place(name, snippet.first_line)
        scope = function_scope(function)
        changes: list[tuple[ast.expr, str]] = []
        for node, value in changed_defaults(snippet, function, scope):
            constant = f"_{name}_default_{len(changes)}"
            try:
                written = self._constant(constant, value, scope, place, whole=None).expression
            except RefusalError as refusal:
                raise capture_error(constant, value, place, refusal) from refusal.__cause__
            if isinstance(written, Atom | Text | Local):
                changes.append((node, one_line(written, lambda target: target.module)))
                continue
            while self._values.get(constant, value) is not value:
                constant += "_"
            self._bind(constant, value, scope, place)
            changes.append((node, constant))
        return replaced(snippet, changes)

    def _share(self) -> None:
        """Let two names of one mutable value stay one value."""
        first: dict[int, str] = {}
        for name in sorted(self.nodes):
            node, value = self.nodes[name], self._values[name]
            if isinstance(node, ConstantNode) and isinstance(value, _SHARED):
                other = first.setdefault(id(value), name)
                if other != name:
                    self.nodes[name] = ConstantNode(Local(other))


def _entry_name(value: object, found: Found | None, namespace: dict[str, object]) -> str:
    """Return the name that the object's own source gives it; other variables do not count."""
    if found is not None and namespace.get(found.name) is value:
        return found.name
    own = getattr(value, "__name__", "")
    if isinstance(own, str) and own.isidentifier():
        return own
    return "captured_lambda" if own == "<lambda>" else "captured_callable"


def _has_postponed(made: object) -> bool:
    if not isinstance(made, type):
        return False
    return any(
        bool(value.__code__.co_flags & 0x1000000)
        for value in vars(made).values()
        if isinstance(value, types.FunctionType)
    )


def _place(use: Use, snippet: Snippet, function: str) -> Place:
    line = snippet.first_line + use.line - 1
    return Place(function, line, snippet.line(line))
