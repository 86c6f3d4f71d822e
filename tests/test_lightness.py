"""Importing the public face, and making components with it, loads none of the heavy libraries."""

import subprocess
import sys

HEAVY = (
    "IPython",
    "apache_beam",
    "pandas",
    "pyarrow",
    "tensorflow",
    "tensorflow_data_validation",
    "tensorflow_model_analysis",
    "tensorflow_transform",
    "tfx_bsl",
)


def loaded_by(code):
    """Runs code in a fresh interpreter and returns which heavy libraries it had loaded at its end."""
    report = f"\nimport sys\nprint(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code + report], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_importing_the_package_is_light():
    assert loaded_by("import interactive") == []


def test_listing_what_the_package_offers_is_light():
    assert loaded_by("import interactive\ndir(interactive)\nrepr(interactive)") == []


def test_the_check_sees_what_is_loaded():
    assert "pandas" in loaded_by("import pandas")
