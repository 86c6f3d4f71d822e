"""Which notebook, or script, is running."""

import os
import sys
from pathlib import Path


def running_file() -> Path | None:
    """Finds the notebook or the script that this process runs.

    JupyterLab and Notebook 7 tell the kernel through ``JPY_SESSION_NAME``, VS Code through a variable in the
    notebook's namespace, ``cellwise run`` through ``CELLWISE_NOTEBOOK``.

    Returns:
      Its path, or None in a console.
    """
    for variable in ("CELLWISE_NOTEBOOK", "JPY_SESSION_NAME"):
        name = os.environ.get(variable, "")
        if name.endswith(".ipynb"):
            # Jupyter's name is relative to the server's root; the kernel runs in the notebook's folder.
            path = Path(name)
            return path if path.is_file() else Path.cwd() / path.name
    main = sys.modules.get("__main__")
    for attribute in ("__vsc_ipynb_file__", "__file__"):
        found = getattr(main, attribute, None)
        if isinstance(found, str) and Path(found).suffix in {".ipynb", ".py"} and not _is_launcher(found):
            return Path(found)
    return None


def _is_launcher(path: str) -> bool:
    """Whether ``__main__`` is a program that runs other code, such as a kernel or a test runner."""
    return Path(path).stem in {"__main__", "ipykernel_launcher"}


def in_notebook() -> bool:
    """Whether code runs in an IPython kernel, which shows rich outputs."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")
