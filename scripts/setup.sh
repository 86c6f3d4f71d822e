#!/bin/sh
# Make .venv with everything that the project needs. Called by `make`; safe to run again at any time.
#
# Finds a Python (python3.11 first: it has a lock on every glibc), hands over to setup_env.py, which
# needs nothing but that Python's standard library. Nothing outside this folder is changed.
set -eu
cd "$(dirname "$0")/.."

# A pyenv shim is on PATH even when its version is not selected, so each candidate is run, not just found.
usable() {
    command -v "$1" >/dev/null 2>&1 &&
        "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

if [ -n "${PYTHON:-}" ]; then
    if ! usable "$PYTHON"; then
        echo "setup: PYTHON=$PYTHON is not a working Python 3.11, 3.12 or 3.13." >&2
        exit 1
    fi
else
    for candidate in python3.11 python3 python3.13 python3.12; do
        if usable "$candidate"; then
            PYTHON=$candidate
            break
        fi
    done
fi

if [ -z "${PYTHON:-}" ]; then
    cat >&2 <<'MESSAGE'
setup: no Python 3.11, 3.12 or 3.13 was found (python3.11, python3, python3.13 and python3.12 were tried).
  Debian, Ubuntu:  apt install python3 python3-venv
  anywhere:        install uv (https://docs.astral.sh/uv), then `uv python install 3.11`
  elsewhere:       make demo PYTHON=/path/to/python3.11
MESSAGE
    exit 1
fi

exec "$PYTHON" scripts/setup_env.py "$@"
