import os
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactive.errors import InputError
from interactive.metadata.fingerprint import content_of, unchanged


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a" / "inner").mkdir(parents=True)
    (tmp_path / "a" / "one").write_bytes(b"1")
    (tmp_path / "a" / "inner" / "two").write_bytes(b"22")
    return tmp_path / "a"


def test_a_copy_elsewhere_is_the_same_content(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "b")
    assert content_of(str(folder)).fingerprint == content_of(str(tmp_path / "b")).fingerprint
    found = content_of(str(folder))
    assert (found.files, found.size) == (2, 3)


def test_touching_changes_nothing_and_editing_does(folder):
    known = content_of(str(folder))
    os.utime(folder / "one", ns=(1, 1))
    os.utime(folder / "inner" / "two", ns=(1, 1))
    assert unchanged(str(folder), known)
    (folder / "one").write_bytes(b"2")
    assert not unchanged(str(folder), known)


def test_an_edit_that_keeps_size_is_seen_unless_its_time_is_forged(folder):
    known = content_of(str(folder))
    (folder / "inner" / "two").write_bytes(b"33")
    os.utime(folder / "inner" / "two", ns=(known.newest + 1, known.newest + 1))
    assert not unchanged(str(folder), known)


def test_renaming_moving_and_removing_are_changes(folder):
    known = content_of(str(folder))
    (folder / "one").rename(folder / "uno")
    assert content_of(str(folder)).fingerprint != known.fingerprint
    (folder / "uno").unlink()
    assert not unchanged(str(folder), known)
    shutil.rmtree(folder)
    assert not unchanged(str(folder), known)
    with pytest.raises(InputError, match="Nothing lies at"):
        content_of(str(folder))


def test_a_single_file(tmp_path):
    (tmp_path / "value").write_bytes(b"x")
    assert content_of(str(tmp_path / "value")).files == 1


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_where_one_file_ends_and_the_next_begins_matters(tmp_path_factory, first, second):
    folder = tmp_path_factory.mktemp("files")
    (folder / "x").write_bytes(first)
    (folder / "y").write_bytes(second)
    before = content_of(str(folder)).fingerprint
    (folder / "x").write_bytes(first + second)
    (folder / "y").write_bytes(b"")
    after = content_of(str(folder)).fingerprint
    assert (before == after) == (second == b"")
