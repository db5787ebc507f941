"""Tokens: random, kept as hashes in files that nobody else reads, and gone when they are revoked or over."""

import json
import multiprocessing
import os
from datetime import UTC, datetime, timedelta

import pytest

from lockstep.errors import TokenError
from lockstep.live.gateway.security.tokens import FILE, Tokens


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "home" / "gateway"


def test_a_token_is_found_by_its_text_alone_and_the_text_is_kept_nowhere(folder):
    tokens = Tokens(folder)
    text = tokens.make("desk", "trade")
    found = tokens.find(text)
    assert found is not None
    assert (found.name, found.scope) == ("desk", "trade")
    for wrong in ("", text[:-1], text + "x", text.upper(), found.hash, "\udc80"):
        assert tokens.find(wrong) is None
    assert text.removeprefix("lks_") not in (folder / FILE).read_text()
    assert len(text) == len("lks_") + 43  # 256 bits


def test_files_and_folder_are_for_their_owner_alone(folder):
    Tokens(folder).make("desk", "read")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / FILE).stat().st_mode & 0o777 == 0o600


def test_the_first_token_is_made_once_and_not_again_when_all_are_revoked(folder):
    tokens = Tokens(folder)
    first = tokens.first()
    assert first is not None
    found = tokens.find(first)
    assert found is not None
    assert found.scope == "admin"
    assert Tokens(folder).first() is None
    tokens.revoke(found.name)
    assert Tokens(folder).first() is None
    assert tokens.find(first) is None


def test_what_another_process_changes_holds_at_the_next_look(folder):
    ours, theirs = Tokens(folder), Tokens(folder)
    text = theirs.make("desk", "read")
    assert ours.find(text) is not None
    theirs.revoke("desk")
    assert ours.find(text) is None


def test_a_token_that_is_over_holds_no_longer(folder):
    tokens = Tokens(folder)
    over = tokens.make("over", "admin", datetime.now(UTC) - timedelta(seconds=1))
    holds = tokens.make("holds", "read", datetime.now(UTC) + timedelta(days=1))
    assert tokens.find(over) is None
    assert tokens.find(holds) is not None
    assert [each.name for each in tokens.valid()] == ["holds"]


@pytest.mark.parametrize("mode", [0o644, 0o602, 0o660])
def test_a_file_that_others_may_read_or_write_is_not_believed(folder, mode):
    text = Tokens(folder).make("desk", "admin")
    (folder / FILE).chmod(mode)
    with pytest.raises(TokenError, match="chmod 600"):
        Tokens(folder).find(text)


@pytest.mark.parametrize(
    "content", ["", "{", "[{}]", '[{"name": "a", "scope": "all", "hash": "", "made": "2026-01-01"}]']
)
def test_a_damaged_file_lets_nobody_in(folder, content):
    text = Tokens(folder).make("desk", "admin")
    (folder / FILE).write_text(content)
    with pytest.raises(TokenError, match="can't be read as tokens"):
        Tokens(folder).find(text)


@pytest.mark.parametrize("name", ["", "a b", "../x", "a\nb", "x" * 65, "-x", 'a"b'])
def test_a_name_is_plain(folder, name):
    with pytest.raises(TokenError, match="letters, digits"):
        Tokens(folder).make(name, "read")


def test_a_name_is_had_by_one_and_what_is_not_there_is_not_revoked(folder):
    tokens = Tokens(folder)
    tokens.make("desk", "read")
    with pytest.raises(TokenError, match="lockstep token revoke desk"):
        tokens.make("desk", "admin")
    with pytest.raises(TokenError, match="the tokens are: desk"):
        tokens.revoke("phone")


def make_ten(folder, number):
    for each in range(10):
        Tokens(folder).make(f"t{number}-{each}", "read")


def test_tokens_that_several_processes_make_at_once_are_all_there(folder):
    context = multiprocessing.get_context("fork")
    makers = [context.Process(target=make_ten, args=(folder, number)) for number in range(3)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert len(json.loads((folder / FILE).read_text())) == 30
    assert len({each.name for each in Tokens(folder).all()}) == 30


def test_a_folder_that_others_could_look_into_is_closed(folder):
    folder.mkdir(parents=True)
    os.chmod(folder, 0o755)
    Tokens(folder).make("desk", "read")
    assert folder.stat().st_mode & 0o777 == 0o700
