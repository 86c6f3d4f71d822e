"""Data that the components' tests share: the palmer penguins as CSV files."""

from pathlib import Path


def penguins(complete=True):
    """The penguins as a pandas frame; with ``complete`` those without a missing value."""
    from palmerpenguins import load_penguins

    frame = load_penguins()
    return frame.dropna() if complete else frame


def write_penguins(folder, name="penguins.csv", frame=None):
    """Writes the complete penguins, or the frame given, as ``<folder>/<name>`` and returns the folder."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    (penguins() if frame is None else frame).to_csv(Path(folder) / name, index=False)
    return str(folder)
