import re
import tomllib
from pathlib import Path

import pytest

from scripts import setup_env
from scripts.setup_env import Machine, SetupError, check_supported, pick_lock

ROOT = Path(__file__).parents[2]
LOCKS = ROOT / "locks"


def linux(glibc, python, processor="x86_64"):
    return Machine("Linux", processor, glibc, python)


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        (linux((2, 36), (3, 11)), "glibc-2.36-py311.txt"),
        (linux((2, 41), (3, 11)), "glibc-2.36-py311.txt"),  # wheels for an older glibc run on a newer
        (linux((2, 39), (3, 13)), "glibc-2.39-py313.txt"),
        (linux((2, 41), (3, 13)), "glibc-2.39-py313.txt"),
        (linux((2, 36), (3, 13)), None),
        (linux((2, 31), (3, 11)), None),
        (linux((2, 41), (3, 12)), None),
        (linux((2, 41), (3, 11), "aarch64"), None),
        (linux(None, (3, 11)), None),
        (Machine("Darwin", "arm64", None, (3, 11)), None),
    ],
)
def test_the_lock_fits_the_machine(machine, expected):
    lock = pick_lock(LOCKS, machine)
    assert (lock.name if lock else None) == expected


def test_the_newest_fitting_glibc_wins_as_a_number(tmp_path):
    for name in ("glibc-2.9-py311.txt", "glibc-2.10-py311.txt", "glibc-2.40-py311.txt", "README"):
        (tmp_path / name).touch()
    assert pick_lock(tmp_path, linux((2, 36), (3, 11))).name == "glibc-2.10-py311.txt"


@pytest.mark.parametrize("python", [(3, 12), (3, 13)])
def test_an_old_glibc_with_a_new_python_is_refused_with_the_way_out(python):
    with pytest.raises(SetupError, match=r"exist for Python 3\.11 only"):
        check_supported(linux((2, 36), python))


def test_what_can_work_is_not_refused():
    check_supported(linux((2, 36), (3, 11)))
    check_supported(linux((2, 39), (3, 13)))
    check_supported(Machine("Darwin", "arm64", None, (3, 13)))


def test_this_machine_is_described():
    import platform
    import sys

    machine = Machine.current()
    assert machine.python == sys.version_info[:2]
    assert machine.system == platform.system()
    if machine.system == "Linux":
        assert machine.glibc is None or (2, 17) < machine.glibc < (3, 0)


def test_a_failed_install_leaves_no_stamp(tmp_path, monkeypatch, capfd):
    lock = tmp_path / "glibc-2.36-py311.txt"
    lock.write_text("no-hash-here==1.0\n")
    monkeypatch.setattr(setup_env, "ROOT", tmp_path)
    with pytest.raises(SetupError, match="failed"):
        setup_env.install(tmp_path / "venv", lock, Machine.current())
    assert "hash" in capfd.readouterr().err
    assert not (tmp_path / "venv" / ".cellwise-installed").exists()


@pytest.mark.parametrize("lock", sorted(LOCKS.glob("*.txt")), ids=lambda path: path.stem)
def test_locks_hold_hashes_and_nothing_of_the_machine_that_made_them(lock):
    text = lock.read_text()
    pins = re.findall(r"^[A-Za-z0-9._-]+==\S+ \\$", text, re.MULTILINE)
    assert len(pins) > 200
    assert len(re.findall(r"^\S+==", text, re.MULTILINE)) == len(pins)
    assert text.count("--hash=sha256:") >= len(pins)
    assert not re.search(r"https?://|file:|index-url|find-links|\(/", text)
    for name in ("tensorflow", "ml-metadata", "tfx-bsl", "apache-beam", "pytest", "palmerpenguins"):
        assert f"\n{name}==" in text


@pytest.mark.parametrize("lock", sorted(LOCKS.glob("*.txt")), ids=lambda path: path.stem)
def test_locks_hold_every_dependency_that_pyproject_names(lock):
    # The project itself is installed without its dependencies, so a stale lock would leave one out.
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [
        *project["dependencies"],
        *(n for extra in project["optional-dependencies"].values() for n in extra),
    ]
    names = {re.split(r"[^A-Za-z0-9._-]", name)[0].lower().replace("_", "-") for name in wanted}
    assert len(names) > 20
    missing = names - set(re.findall(r"^([a-z0-9.-]+)==", lock.read_text(), re.MULTILINE))
    assert not missing, "run `make lock`"
