import gzip
import os
import zipfile

import numpy as np
import pytest

from lockstep.data.ticks import Findings, Trouble
from lockstep.data.ticks.lines import Lines
from lockstep.errors import BadFileError, TruncatedTicksError

TEXT = b"".join(b"line %d of a file\n" % number for number in range(5000))


def texts(lines):
    return [line.text for line in lines]


def packed(path, kind):
    if kind == "gz":
        path.write_bytes(gzip.compress(TEXT, mtime=0))
    elif kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("some/", b"")
            archive.writestr("some/file.csv", TEXT)
    else:
        path.write_bytes(TEXT)
    return path


@pytest.mark.parametrize("kind", ["txt", "gz", "zip"])
def test_lines_of_packed_files_are_those_of_plain_ones(tmp_path, kind):
    lines = Lines([packed(tmp_path / f"a.{kind}", kind)], Findings(strict=True))
    assert b"\n".join(texts(lines)) + b"\n" == TEXT
    assert lines.share == 1.0


def test_places_name_file_and_line(tmp_path):
    (tmp_path / "a").write_bytes(b"1\n2\n")
    (tmp_path / "b").write_bytes(b"3\r\n4")
    lines = Lines([tmp_path / "a", tmp_path / "b"], Findings())
    found = list(lines)
    assert [line.text for line in found] == [b"1", b"2", b"3", b"4"]
    assert [line.whole for line in found] == [True, True, True, False]
    place = lines.places(np.array([line.spot for line in found]))
    assert [place(row) for row in range(4)] == ["a, line 1", "a, line 2", "b, line 1", "b, line 2"]
    assert lines.names == "a, b"


def test_a_gzip_that_ends_early_gives_what_it_has_and_is_found(tmp_path):
    path = packed(tmp_path / "a.gz", "gz")
    path.write_bytes(path.read_bytes()[:-2000])
    (tmp_path / "b").write_bytes(b"next\n")
    findings = Findings()
    found = texts(Lines([path, tmp_path / "b"], findings))
    assert found[-1] == b"next"
    assert found[:-2] == TEXT.splitlines()[: len(found) - 2]
    assert findings.counts == {Trouble.TRUNCATED: 1}
    with pytest.raises(TruncatedTicksError, match=r"a\.gz, line \d+: the packed file ends early"):
        texts(Lines([path], Findings(strict=True)))


def test_a_damaged_gzip_is_found(tmp_path):
    path = packed(tmp_path / "a.gz", "gz")
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 64] = b"\xff" * 64
    path.write_bytes(content)
    findings = Findings()
    texts(Lines([path], findings))
    assert findings.counts == {Trouble.UNREADABLE: 1}


def test_a_zip_that_ends_early_is_found(tmp_path):
    path = packed(tmp_path / "a.zip", "zip")
    path.write_bytes(path.read_bytes()[:-100])
    findings = Findings()
    assert texts(Lines([path], findings)) == []
    assert findings.counts == {Trouble.TRUNCATED: 1}
    assert findings.places[Trouble.TRUNCATED][0].startswith("a.zip: the zip has no end")


def test_a_zip_with_other_bytes_is_found(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.csv", TEXT)
    path.write_bytes(path.read_bytes().replace(b"line 4000 of", b"line 9000 of"))
    findings = Findings()
    texts(Lines([path], findings))
    assert findings.counts == {Trouble.UNREADABLE: 1}


def test_files_that_are_missing_or_empty_are_refused(tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    with pytest.raises(BadFileError, match="empty is empty"):
        Lines([tmp_path / "empty"], Findings())
    with pytest.raises(BadFileError, match="can't be read"):
        Lines([tmp_path / "none"], Findings())
    with pytest.raises(BadFileError, match="no file was given"):
        Lines([], Findings())


def test_a_second_walk_is_as_the_first(tmp_path):
    lines = Lines([packed(tmp_path / "a.gz", "gz")], Findings(strict=True))
    assert texts(lines) == texts(lines)


@pytest.mark.parametrize("kind", ["txt", "gz", "zip"])
@pytest.mark.parametrize("size", [1, 40, 10_000, 1 << 22])
def test_stretches_hold_the_same_lines(tmp_path, kind, size):
    lines = Lines([packed(tmp_path / f"a.{kind}", kind)], Findings(strict=True))
    spot = 1
    found = list(lines.stretches(0, size))
    for stretch in found:
        assert stretch.spot == spot
        assert stretch.text.endswith(b"\n")
        spot += stretch.text.count(b"\n")
    assert b"".join(stretch.text for stretch in found) == TEXT
    assert lines.is_first(found[0].spot)


def test_stretches_of_a_gzip_that_ends_early_hold_what_could_be_unpacked(tmp_path):
    path = packed(tmp_path / "a.gz", "gz")
    path.write_bytes(path.read_bytes()[:-2000])
    findings = Findings()
    by_line = texts(Lines([path], Findings()))
    text = b"".join(stretch.text for stretch in Lines([path], findings).stretches(0, 1000))
    assert len(by_line) > 100
    assert text.splitlines()[: len(by_line)] == by_line
    assert findings.counts == {Trouble.TRUNCATED: 1}


def test_a_last_line_without_its_end_is_told(tmp_path):
    (tmp_path / "a").write_bytes(b"1\n22\n3")
    assert [(one.spot, one.text, one.whole) for one in Lines([tmp_path / "a"], Findings()).stretches(0, 2)] == [
        (1, b"1\n22\n", True), (3, b"3", False)
    ]  # fmt: skip


def test_a_zip_that_points_before_its_beginning_or_is_packed_otherwise_is_found(tmp_path):
    whole = packed(tmp_path / "a.zip", "zip").read_bytes()
    packing = bytearray(whole)
    packing[whole.rindex(b"PK\x01\x02") + 10] = 99  # a packing that nobody knows
    version = bytearray(whole)
    version[whole.rindex(b"PK\x01\x02") + 6] = 146
    for content in (whole[200:300].join([whole[:40], whole[400:]]), packing, version):
        (tmp_path / "a.zip").write_bytes(content)
        findings = Findings()
        texts(Lines([tmp_path / "a.zip"], findings))
        assert findings.counts.total() == 1


def test_a_pipe_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadFileError, match="pipe is a pipe or a device: save what comes out of it to a file"):
        Lines([tmp_path / "pipe"], Findings())
