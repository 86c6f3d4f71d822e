"""Which values are Python's own builtins, whatever a notebook's shell makes of them."""

import builtins
import types

_OF_A_SESSION = frozenset({"exit", "quit", "copyright", "credits", "license", "help"})


def is_builtin(name: str, value: object) -> bool:
    """Return True for what Python itself puts among the builtins; a kernel adds `display` and more."""
    if name in _OF_A_SESSION:
        return False
    constants = (None, True, False, Ellipsis, NotImplemented)
    return any(value is constant for constant in constants) or (
        getattr(value, "__module__", "builtins") in {"builtins", "_io", "io", "_sitebuiltins"}
    )


def plain(value: object) -> object:
    """Return the builtin that IPython wraps in this value, or the value itself.

    IPython 8 and later put a wrapper of `open` among a notebook's variables, which keeps cells from closing
    the shell's own streams 0 to 2. A module has no such streams to lose, and with `open` itself its
    fingerprint is the same in every IPython.
    """
    if not isinstance(value, types.FunctionType):
        return value
    of_ipython = str(value.__globals__.get("__name__", "")).partition(".")[0] == "IPython"
    wrapped = getattr(value, "__wrapped__", None)
    own = getattr(builtins, value.__name__, None)
    return own if of_ipython and wrapped is not None and wrapped is own else value
