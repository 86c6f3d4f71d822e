"""Why a value cannot become source text, and what to do instead."""

from dataclasses import dataclass

from interactive.errors import CaptureError


class RefusalError(Exception):
    """A value cannot be written as source; the capture adds where it is used.

    Attributes:
        why: What the value is and why it stays behind, without a final stop.
        mend: What to do instead, as a sentence.
        inside: Where the value lies within the named one, such as `['a']`; often empty.
        kind: Type of the refused value itself.
    """

    def __init__(self, why: str, mend: str, inside: str = "", kind: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.mend = mend
        self.inside = inside
        self.kind = kind


@dataclass(frozen=True)
class Place:
    """Where a name is used: function, line of its cell, and the text of that line."""

    function: str
    line: int
    text: str = ""

    def __str__(self) -> str:
        if not self.function:
            return "the captured object"
        shown = f" (`{self.text}`)" if self.text else ""
        return f"`{self.function}` on line {self.line} of its cell{shown}"


def capture_error(name: str, value: object, place: Place, refusal: RefusalError) -> CaptureError:
    """Return the error that names the variable, its type, where it is used and how to mend it."""
    subject = f"`{name}{refusal.inside}` ({refusal.kind or type_name(type(value))})"
    return CaptureError(
        f"{subject}, used by {place}, cannot be captured with the code: {refusal.why}. {refusal.mend}"
    )


def type_name(cls: type) -> str:
    """Return a type's name with its module, except for built-in ones."""
    module = getattr(cls, "__module__", "")
    return cls.__qualname__ if module in {"builtins", ""} else f"{module}.{cls.__qualname__}"


_FILE = (
    "it is an open file, which belongs to this process",
    "Open the file within the function, and pass its path.",
)
_MODEL = (
    "a live model holds weights, not source",
    "Build it within the function, or load it there from a saved model's path.",
)
_TENSOR = (
    "a tensor or a variable belongs to this process",
    "Create it within the function, or keep the value as a number, a list or a NumPy array.",
)
_FRAME = (
    "data is an input of a step, not part of its code",
    "Read it within the function, pass its path, or make it an artifact that the step takes as input.",
)
_LOCK = (
    "a lock or thread belongs to this process",
    "Create it within the function.",
)
_SOCKET = (
    "a connection belongs to this process",
    "Connect within the function, and keep only the address as a constant.",
)
_DATABASE = (
    "a database connection belongs to this process",
    "Connect within the function, and keep only the path or the address as a constant.",
)
_FIGURE = (
    "a figure is a result, not code",
    "Create it within the function.",
)
_CONTEXT = (
    "the context runs the pipeline and exists only in the notebook",
    "Pass what the function needs as a component's input or as a constant.",
)
_GENERATOR = (
    "a generator can be read once and has no source of its own",
    "Create it within the function, or keep the values as a list.",
)
_MODULE = (
    "the module was made at run time and cannot be imported elsewhere",
    "Put its code into a .py file and import that.",
)
_RANDOM = (
    "a random generator changes each time it is used",
    "Create it within the function, with a seed.",
)

# (root package of a base class, its name) -> what to say. Asked of every class in the method
# resolution order, so that nothing needs to be imported to recognise a value.
_BY_CLASS: dict[tuple[str, str], tuple[str, str]] = {
    ("io", "IOBase"): _FILE,
    ("_io", "_IOBase"): _FILE,
    ("tempfile", "_TemporaryFileWrapper"): _FILE,
    ("keras", "Layer"): _MODEL,
    ("keras", "Model"): _MODEL,
    ("tf_keras", "Layer"): _MODEL,
    ("tensorflow", "Module"): _MODEL,
    ("tensorflow", "Variable"): _TENSOR,
    ("tensorflow", "Tensor"): _TENSOR,
    ("tensorflow", "SparseTensor"): _TENSOR,
    ("tensorflow", "RaggedTensor"): _TENSOR,
    ("tensorflow", "DatasetV2"): _FRAME,
    ("keras", "Variable"): _TENSOR,
    ("pandas", "DataFrame"): _FRAME,
    ("pandas", "Series"): _FRAME,
    ("pandas", "Index"): _FRAME,
    ("pyarrow", "Table"): _FRAME,
    ("pyarrow", "RecordBatch"): _FRAME,
    ("_thread", "lock"): _LOCK,
    ("_thread", "RLock"): _LOCK,
    ("threading", "Thread"): _LOCK,
    ("threading", "Condition"): _LOCK,
    ("threading", "Event"): _LOCK,
    ("threading", "Semaphore"): _LOCK,
    ("threading", "local"): _LOCK,
    ("_thread", "_local"): _LOCK,
    ("concurrent", "Executor"): _LOCK,
    ("socket", "socket"): _SOCKET,
    ("_socket", "socket"): _SOCKET,
    ("sqlite3", "Connection"): _DATABASE,
    ("sqlite3", "Cursor"): _DATABASE,
    ("sqlalchemy", "Engine"): _DATABASE,
    ("sqlalchemy", "Connection"): _DATABASE,
    ("ml_metadata", "MetadataStore"): _DATABASE,
    ("matplotlib", "Figure"): _FIGURE,
    ("matplotlib", "Artist"): _FIGURE,
    ("interactive", "InteractiveContext"): _CONTEXT,
    ("builtins", "generator"): _GENERATOR,
    ("builtins", "coroutine"): _GENERATOR,
    ("builtins", "async_generator"): _GENERATOR,
    ("builtins", "module"): _MODULE,
    ("numpy", "Generator"): _RANDOM,
    ("numpy", "RandomState"): _RANDOM,
    ("random", "Random"): _RANDOM,
    ("_random", "Random"): _RANDOM,
}


def refuse(value: object) -> RefusalError:
    """Return the refusal for a value that no rule can write as source."""
    for base in type(value).__mro__:
        root = getattr(base, "__module__", "").partition(".")[0]
        # Kernels may show a context class that the notebook itself has subclassed.
        known = _BY_CLASS.get((root, base.__name__))
        if known is not None:
            return RefusalError(*known)
    if hasattr(type(value), "cursor") and hasattr(type(value), "commit"):
        return RefusalError(*_DATABASE)
    if isinstance(value, type):
        return RefusalError(
            "no `class` statement for it was found in the cells that ran",
            "Define it with `class` at the top level of a cell, or put it into a .py file and import it.",
        )
    if callable(value):
        return RefusalError(
            "it was made by calling another function, so no source says how",
            "Apply the wrapper with decorator syntax (`@wrapper`) above the function's `def`, or make "
            "it within the function that uses it.",
        )
    return RefusalError(
        "an object of this type has no source that would make it again",
        "Create it within the function, or keep the numbers and strings that it is made from.",
    )


def only_in_notebook(name: str, place: Place) -> str:
    """Return the text for a name that a module of its own cannot have."""
    if name == "__file__":
        return (
            f"`__file__`, used by {place}, is not defined in a notebook, and would be another path in "
            "a captured module. Write the path as a constant."
        )
    return (
        f"`get_ipython`, used by {place}, exists only in a notebook: the function has a magic or a "
        "shell line (`%name`, `!command`). Use plain Python instead, such as `subprocess.run` for "
        "a command, or move the line to a cell of its own."
    )
