import os
import shutil
from pathlib import Path

import pytest

from interactive.engines.input_files import resolve_inputs
from interactive.errors import InputError


def write_all(base: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return base


def names(resolved, base: Path) -> dict[str, list[str]]:
    return {
        split.name: [Path(file).relative_to(base).as_posix() for file in split.files]
        for split in resolved.splits
    }


def test_default_pattern_takes_visible_files_of_the_folder_sorted(tmp_path):
    write_all(
        tmp_path,
        {"b.csv": "1", "a.csv": "22", ".hidden": "x", ".ipynb_checkpoints/a.csv": "x", "deep/c.csv": "x"},
    )
    resolved = resolve_inputs(str(tmp_path))
    assert names(resolved, tmp_path) == {"single_split": ["a.csv", "b.csv"]}
    assert (resolved.span, resolved.version, resolved.total_bytes) == (0, None, 3)
    assert resolved.fingerprint.startswith("split:single_split,num_files:2,total_bytes:3,sha256:")
    assert resolved.patterns == (("single_split", "*"),)


def test_splits_by_glob_in_folders(tmp_path):
    write_all(tmp_path, {"train/1.csv": "", "train/2.csv": "", "eval/1.csv": "", "eval/1.txt": ""})
    resolved = resolve_inputs(str(tmp_path), [("train", "train/*"), ("eval", "eval/[0-9].csv")])
    assert names(resolved, tmp_path) == {
        "train": ["train/1.csv", "train/2.csv"],
        "eval": ["eval/1.csv"],
    }
    assert resolved.fingerprint.count("\n") == 1


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[!a].csv", ["b.csv", "c.csv"]),
        ("?.csv", ["a.csv", "b.csv", "c.csv"]),
        ("a+(1).csv", ["a+(1).csv"]),
        ("./c.csv", ["c.csv"]),
    ],
)
def test_glob_signs(tmp_path, pattern, expected):
    write_all(tmp_path, dict.fromkeys(["a.csv", "b.csv", "c.csv", "a+(1).csv"], "x"))
    resolved = resolve_inputs(str(tmp_path), [("s", pattern)])
    assert names(resolved, tmp_path) == {"s": expected}


def test_links_to_files_and_folders_are_followed(tmp_path):
    data = write_all(tmp_path / "data", {"a.csv": "1"})
    base = tmp_path / "base"
    base.mkdir()
    (base / "linked").symlink_to(data)
    (base / "b.csv").symlink_to(data / "a.csv")
    assert names(resolve_inputs(str(base), [("s", "linked/*")]), base) == {"s": ["linked/a.csv"]}
    assert names(resolve_inputs(str(base)), base) == {"single_split": ["b.csv"]}


class TestSpans:
    def test_newest_span_is_a_number_not_a_text(self, tmp_path):
        write_all(tmp_path, {"span-9/a.csv": "", "span-10/a.csv": "", "span-10/b.csv": "", "span-x/c": ""})
        resolved = resolve_inputs(str(tmp_path), [("s", "span-{SPAN}/*")])
        assert names(resolved, tmp_path) == {"s": ["span-10/a.csv", "span-10/b.csv"]}
        assert (resolved.span, resolved.version) == (10, None)
        assert resolved.patterns == (("s", "span-10/*"),)

    def test_newest_version_within_the_newest_span(self, tmp_path):
        write_all(tmp_path, dict.fromkeys(["1/9/a", "2/1/a", "2/2/a", "2/10/a"], ""))
        resolved = resolve_inputs(str(tmp_path), [("s", "{SPAN}/{VERSION}/*")])
        assert names(resolved, tmp_path) == {"s": ["2/10/a"]}
        assert (resolved.span, resolved.version) == (2, 10)

    def test_width_counts_digits(self, tmp_path):
        write_all(tmp_path, dict.fromkeys(["0102.csv", "0201.csv", "123.csv"], ""))
        resolved = resolve_inputs(str(tmp_path), [("s", "{SPAN:2}{VERSION:2}.csv")])
        assert names(resolved, tmp_path) == {"s": ["0201.csv"]}
        assert (resolved.span, resolved.version) == (2, 1)
        assert resolved.patterns == (("s", "0201.csv"),)

    def test_date_is_days_since_1970(self, tmp_path):
        write_all(tmp_path, dict.fromkeys(["1970-01-02/a", "1969-12-31/a"], ""))
        resolved = resolve_inputs(str(tmp_path), [("s", "{YYYY}-{MM}-{DD}/*")])
        assert names(resolved, tmp_path) == {"s": ["1970-01-02/a"]}
        assert resolved.span == 1
        assert resolved.patterns == (("s", "1970-01-02/*"),)

    def test_given_span(self, tmp_path):
        write_all(tmp_path, dict.fromkeys(["span-01/a", "span-02/a", "span-03/a"], ""))
        pattern = [("s", "span-{SPAN:2}/*")]
        assert names(resolve_inputs(str(tmp_path), pattern, 2), tmp_path) == {"s": ["span-02/a"]}
        with pytest.raises(InputError, match="asked for span 7; found the spans 1, 2, 3"):
            resolve_inputs(str(tmp_path), pattern, 7)

    def test_rolling_range(self, tmp_path):
        write_all(tmp_path, dict.fromkeys(["1/a", "2/a", "5/a"], ""))
        pattern = [("s", "{SPAN}/*")]
        assert resolve_inputs(str(tmp_path), pattern, skip_recent_spans=1).span == 2
        assert resolve_inputs(str(tmp_path), pattern, start_span=3).span == 5
        with pytest.raises(InputError, match="found the spans 1, 2, 5"):
            resolve_inputs(str(tmp_path), pattern, start_span=3, skip_recent_spans=1)
        with pytest.raises(InputError, match="after the 4 newest"):
            resolve_inputs(str(tmp_path), pattern, skip_recent_spans=4)
        with pytest.raises(InputError, match="expected 0 or more"):
            resolve_inputs(str(tmp_path), pattern, skip_recent_spans=-1)

    def test_splits_must_agree(self, tmp_path):
        write_all(tmp_path, dict.fromkeys(["1/train", "2/train", "1/eval"], ""))
        splits = [("train", "{SPAN}/train"), ("eval", "{SPAN}/eval")]
        with pytest.raises(InputError, match=r"'train' .*span 2.*'eval' .*span 1"):
            resolve_inputs(str(tmp_path), splits)
        assert resolve_inputs(str(tmp_path), splits, 1).span == 1

    def test_versions_must_agree(self, tmp_path):
        write_all(tmp_path, dict.fromkeys(["1/1/train", "1/2/train", "1/1/eval"], ""))
        splits = [("train", "{SPAN}/{VERSION}/train"), ("eval", "{SPAN}/{VERSION}/eval")]
        with pytest.raises(InputError, match=r"version 2.*version 1"):
            resolve_inputs(str(tmp_path), splits)

    def test_split_without_span_beside_one_with_a_span(self, tmp_path):
        write_all(tmp_path, dict.fromkeys(["1/train", "eval"], ""))
        with pytest.raises(InputError, match="must be the same for each split"):
            resolve_inputs(str(tmp_path), [("train", "{SPAN}/train"), ("eval", "eval")])

    def test_one_span_written_twice(self, tmp_path):
        write_all(tmp_path, dict.fromkeys(["1/a", "01/a"], ""))
        with pytest.raises(InputError, match="more than one way: 01/a, 1/a"):
            resolve_inputs(str(tmp_path), [("s", "{SPAN}/*")])

    def test_impossible_date(self, tmp_path):
        write_all(tmp_path, {"2020-13-01.csv": ""})
        with pytest.raises(InputError, match="2020-13-01 does not exist"):
            resolve_inputs(str(tmp_path), [("s", "{YYYY}-{MM}-{DD}.csv")])

    def test_span_asked_of_a_pattern_without_one(self, tmp_path):
        write_all(tmp_path, {"a.csv": ""})
        with pytest.raises(InputError, match="span 3 was asked for"):
            resolve_inputs(str(tmp_path), span=3)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("", "expected a file pattern"),
        ("/etc/*", "leaves input_base"),
        ("a/../../*", "leaves input_base"),
        ("{SPAN}/{YYYY}{MM}{DD}/*", "both a span and a date"),
        ("{YYYY}/*", "part of a date"),
        ("{VERSION}/*", "version but no span"),
        ("{SPAN}/{SPAN}/*", "{SPAN} twice"),
        ("{YYYY}{MM}{DD}{DD}", "{DD} twice"),
        ("{SPAN:x}/*", "positive number of digits"),
        ("{SPAN:0}/*", "positive number of digits"),
        ("{SPAN:}/*", "positive number of digits"),
        ("{MM:2}{YYYY}{DD}/*", "none in a date"),
        ("{span}/*", "expected one of {SPAN}"),
    ],
)
def test_wrong_patterns(tmp_path, pattern, message):
    write_all(tmp_path, {"a.csv": ""})
    with pytest.raises(InputError) as caught:
        resolve_inputs(str(tmp_path), [("s", pattern)])
    assert message in str(caught.value)
    assert "'s'" in str(caught.value)


class TestNothingFound:
    def test_lists_files_and_near_misses(self, tmp_path):
        write_all(tmp_path, dict.fromkeys(["penguins.csv", "notes.txt", ".hidden"], ""))
        with pytest.raises(InputError) as caught:
            resolve_inputs(str(tmp_path), [("s", "penguin.csv")])
        text = str(caught.value)
        assert "found notes.txt, penguins.csv. Close to it: penguins.csv." in text
        assert ".hidden" not in text

    def test_long_lists_are_cut(self, tmp_path):
        write_all(tmp_path, {f"{number:02}.txt": "" for number in range(25)})
        with pytest.raises(InputError, match=r"09\.txt and 15 more"):
            resolve_inputs(str(tmp_path), [("s", "*.csv")])

    def test_files_in_sub_folders(self, tmp_path):
        write_all(tmp_path, {"deep/a.csv": ""})
        with pytest.raises(InputError, match=r"try '\*/\*'"):
            resolve_inputs(str(tmp_path))

    def test_empty_folder(self, tmp_path):
        with pytest.raises(InputError, match="has no files"):
            resolve_inputs(str(tmp_path))

    def test_folder_given_as_file(self, tmp_path):
        write_all(tmp_path, {"a.csv": ""})
        with pytest.raises(InputError) as caught:
            resolve_inputs(str(tmp_path / "a.csv"))
        assert f"input_base='{tmp_path}'" in str(caught.value)
        assert "pattern 'a.csv'" in str(caught.value)

    def test_folder_missing(self, tmp_path):
        (tmp_path / "penguins").mkdir()
        with pytest.raises(InputError, match=r"Did you mean .*penguins"):
            resolve_inputs(str(tmp_path / "penguin"))

    def test_address_of_another_machine(self):
        with pytest.raises(InputError, match="not a local folder"):
            resolve_inputs("gs://bucket/data")


@pytest.mark.parametrize("name", ["", "a/b", "a,b", " a"])
def test_wrong_split_names(tmp_path, name):
    write_all(tmp_path, {"a.csv": ""})
    with pytest.raises(InputError, match="split name"):
        resolve_inputs(str(tmp_path), [(name, "*")])


def test_repeated_split_name(tmp_path):
    with pytest.raises(InputError, match="must differ; s is given twice"):
        resolve_inputs(str(tmp_path), [("s", "*"), ("s", "*")])


class TestFingerprint:
    def test_depends_on_content_and_names_alone(self, tmp_path):
        one = write_all(tmp_path / "one", {"a.csv": "x,y\n1,2\n", "b.csv": "x,y\n3,4\n"})
        other = tmp_path / "other"
        shutil.copytree(one, other)
        os.utime(other / "a.csv", (1, 1))
        first = resolve_inputs(str(one)).fingerprint
        assert resolve_inputs(str(other)).fingerprint == first
        (other / "b.csv").write_text("x,y\n3,5\n")
        assert resolve_inputs(str(other)).fingerprint != first
        (other / "b.csv").write_text("x,y\n3,4\n")
        assert resolve_inputs(str(other)).fingerprint == first
        (other / "b.csv").rename(other / "c.csv")
        assert resolve_inputs(str(other)).fingerprint != first

    def test_moving_bytes_between_files_changes_it(self, tmp_path):
        one = write_all(tmp_path / "one", {"a": "12", "b": "3"})
        other = write_all(tmp_path / "other", {"a": "1", "b": "23"})
        assert resolve_inputs(str(one)).fingerprint != resolve_inputs(str(other)).fingerprint

    def test_file_of_more_than_one_block(self, tmp_path):
        (tmp_path / "big").write_bytes(b"x" * (2**20 + 1))
        before = resolve_inputs(str(tmp_path))
        assert before.total_bytes == 2**20 + 1
        (tmp_path / "big").write_bytes(b"x" * 2**20 + b"y")
        assert resolve_inputs(str(tmp_path)).fingerprint != before.fingerprint
