"""The gateway's audit: rows are only added, chained, and bear no secret."""

import sqlite3
import stat

import pytest

from lockstep.errors import JournalError
from lockstep.live.gateway.security.audit import FILE, Audit


@pytest.fixture
def audit(tmp_path):
    audit = Audit(tmp_path / "gateway")
    for number in range(4):
        audit.append([("login_refused", {"count": number}), ("token_made", {"name": f"t{number}"})])
    return audit


def damage(tmp_path, *statements: str) -> None:
    base = sqlite3.connect(tmp_path / "gateway" / FILE, isolation_level=None)
    base.execute("DROP TRIGGER no_update")
    base.execute("DROP TRIGGER no_delete")
    for statement in statements:
        base.execute(statement)
    base.close()


def test_rows_come_back_in_order_and_in_pages(audit):
    rows = audit.rows(after=2, most=3)
    assert [(row.seq, row.kind, row.content()) for row in rows] == [
        (3, "login_refused", {"count": 1}), (4, "token_made", {"name": "t1"}), (5, "login_refused", {"count": 2}),
    ]  # fmt: skip
    assert audit.flaw() is None


def test_the_file_is_for_its_owner_alone(audit, tmp_path):
    assert stat.S_IMODE((tmp_path / "gateway" / FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize("statement", ["UPDATE audit SET kind = 'x'", "DELETE FROM audit WHERE seq = 3"])
def test_rows_stay_as_they_are(audit, tmp_path, statement):
    base = sqlite3.connect(tmp_path / "gateway" / FILE)
    with pytest.raises(sqlite3.IntegrityError, match="stay as they are"):
        base.execute(statement)
    base.close()


@pytest.mark.parametrize(
    ("statement", "seq"),
    [
        ("UPDATE audit SET body = X'7B7D' WHERE seq = 3", 3),
        ("UPDATE audit SET time_ns = time_ns + 1 WHERE seq = 8", 8),
        ("DELETE FROM audit WHERE seq = 5", 5),
        ("UPDATE audit SET seq = seq + 10 WHERE seq > 6", 7),
    ],
)
def test_what_was_changed_by_other_means_shows(audit, tmp_path, statement, seq):
    damage(tmp_path, statement)
    flaw = audit.flaw()
    assert flaw is not None
    assert flaw.seq == seq


def test_secrets_are_not_written(audit):
    audit.append([("login_refused", {"what": "GET /?token=abcdefgh", "password": "x", "deep": [{"Cookie": "y"}]})])
    assert audit.rows(after=8)[0].content() == {
        "what": "GET /?token=[redacted]", "password": "[redacted]", "deep": [{"Cookie": "[redacted]"}],
    }  # fmt: skip


def test_a_file_that_is_no_audit_is_an_error_with_a_cure(tmp_path):
    (tmp_path / "gateway").mkdir()
    (tmp_path / "gateway" / FILE).write_bytes(b"not a database" * 100)
    with pytest.raises(JournalError, match="restore it, or move it away"):
        Audit(tmp_path / "gateway").append([("x", {})])
