"""Trials are counted once each, whoever remembers them, and what is damaged costs no other entry."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lockstep.data import Store
from lockstep.data.sample import install_synthetic
from lockstep.data.trials import DamagedTrialsWarning, Trials, data_key
from lockstep.errors import CorruptStoreError, StoreError

KEY = data_key("sample-daily", ("AAPL", "MSFT"), "1d")


@pytest.fixture
def trials(tmp_path: Path) -> Trials:
    return Trials(tmp_path / "store")


def ledger(trials: Trials) -> Path:
    (path,) = trials.folder.glob("*.log")
    return path


def test_the_union_counts_a_repeated_trial_once(trials: Trials) -> None:
    assert trials.remember(KEY, [1, 2, 3], [0.1, 0.2, 0.3], label="first") == 3
    assert trials.remember(KEY, [3, 4, 4], [0.35, 0.4, 0.45], label="second") == 1
    known = trials.known(KEY)
    assert known.trials == 4
    assert known.hashes.tolist() == [1, 2, 3, 4]
    assert known.sharpes.tolist() == [0.1, 0.2, 0.35, 0.45]
    assert known.hashes.dtype == np.uint64


def test_nothing_new_writes_nothing(trials: Trials) -> None:
    trials.remember(KEY, [2**63 + 5, 7], [np.nan, 1.0])
    size = ledger(trials).stat().st_size
    assert trials.remember(KEY, [7, 2**63 + 5], [1.0, np.nan], label="again") == 0
    assert ledger(trials).stat().st_size == size
    assert len(trials.list()) == 1


def test_data_sets_are_kept_apart(trials: Trials) -> None:
    other = data_key("sample-daily", ("AAPL",), "1d")
    trials.remember(KEY, [1, 2])
    trials.remember(other, [9], label="one symbol")
    assert trials.known(KEY).trials == 2
    assert trials.known(other).hashes.tolist() == [9]
    assert trials.known("never heard of").trials == 0
    assert [(batch.data_key, batch.label, batch.trials) for batch in trials.list()] == [
        (KEY, "", 2),
        (other, "one symbol", 1),
    ]
    assert data_key("a", ("b", "c"), "1d") != data_key("a", ("b,c",), "1d")


def test_trials_that_are_alike_count_for_less_once_that_is_known(trials: Trials) -> None:
    trials.remember(KEY, np.arange(100))
    assert trials.known(KEY).effective == 100.0
    trials.remember(KEY, np.arange(100), effective=5.0)
    known = trials.known(KEY)
    assert known.trials == 100
    assert known.effective == pytest.approx(5.0)
    trials.remember(KEY, [200, 201])
    rest = trials.known(KEY).without(np.arange(90))
    assert rest.trials == 12
    assert rest.effective == pytest.approx(2.5)


def test_reading_makes_nothing_on_disk(trials: Trials) -> None:
    assert trials.known(KEY).sharpes.tolist() == []
    assert trials.list() == []
    assert not trials.folder.exists()


def test_the_store_beside_it_does_not_see_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    install_synthetic(store)
    before = store.datasets()
    Trials(store.path).remember(KEY, [1])
    assert store.datasets() == before


@pytest.mark.parametrize("cut", [1, 15, 40, 100])
def test_a_torn_tail_costs_the_last_entry_alone_and_is_cut_off(trials: Trials, cut: int) -> None:
    trials.remember(KEY, [1, 2], [0.1, 0.2])
    whole = ledger(trials).stat().st_size
    trials.remember(KEY, range(10, 20))
    os.truncate(ledger(trials), ledger(trials).stat().st_size - cut)
    with pytest.warns(DamagedTrialsWarning, match=r"the other 1 entries count: restore it from a copy"):
        assert trials.known(KEY).hashes.tolist() == [1, 2]
    assert trials.remember(KEY, [30]) == 1
    assert trials.known(KEY).hashes.tolist() == [1, 2, 30]
    assert whole < ledger(trials).stat().st_size


def test_every_length_a_killed_writer_can_leave_is_a_good_ledger(trials: Trials) -> None:
    """Cut at each byte of the last entry: the first two always count."""
    trials.remember(KEY, [1], [0.5])
    good = ledger(trials).stat().st_size
    trials.remember(KEY, [2], [0.7], label="second")
    content = ledger(trials).read_bytes()
    for size in range(good + 1, len(content)):
        ledger(trials).write_bytes(content[:size])
        with pytest.warns(DamagedTrialsWarning):
            assert trials.known(KEY).hashes.tolist() == [1]
        trials.remember(KEY, [3])
        assert trials.known(KEY).hashes.tolist() == [1, 3]


def test_damage_in_the_middle_costs_one_entry_and_stays_to_be_seen(trials: Trials) -> None:
    trials.remember(KEY, [1])
    start = ledger(trials).stat().st_size
    trials.remember(KEY, [2, 3])
    trials.remember(KEY, [4])
    content = bytearray(ledger(trials).read_bytes())
    content[start + 50] ^= 0xFF
    ledger(trials).write_bytes(content)
    with pytest.warns(DamagedTrialsWarning, match="the other 2 entries"):
        assert trials.known(KEY).hashes.tolist() == [1, 4]
    trials.remember(KEY, [5])
    with pytest.warns(DamagedTrialsWarning):
        assert trials.known(KEY).hashes.tolist() == [1, 4, 5]


def test_a_damaged_last_entry_is_not_cut_off(trials: Trials) -> None:
    """Its length is whole: it was written once, so a copy may still be found."""
    trials.remember(KEY, [1])
    trials.remember(KEY, [2])
    content = bytearray(ledger(trials).read_bytes())
    content[-1] ^= 0xFF
    ledger(trials).write_bytes(content)
    trials.remember(KEY, [3])
    assert ledger(trials).read_bytes().startswith(bytes(content))
    with pytest.warns(DamagedTrialsWarning):
        assert trials.known(KEY).hashes.tolist() == [1, 3]


def test_a_file_that_is_no_ledger_is_refused(trials: Trials) -> None:
    trials.remember(KEY, [1])
    ledger(trials).write_bytes(b"something else entirely")
    with pytest.raises(CorruptStoreError, match="no ledger of trials"):
        trials.known(KEY)


def test_a_store_that_can_t_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file")
    with pytest.raises(StoreError, match="give another store by --store or LOCKSTEP_STORE"):
        Trials(tmp_path / "store").remember(KEY, [1])


def test_lengths_that_differ_are_refused(trials: Trials) -> None:
    with pytest.raises(ValueError, match="each of 2 trials is expected, found 1"):
        trials.remember(KEY, [1, 2], [0.1])


WRITER = """
import sys
from lockstep.data.trials import Trials
first, store, key = int(sys.argv[1]), sys.argv[2], sys.argv[3]
for i in range(40):
    Trials(store).remember(key, range(first + 5 * i, first + 5 * i + 10), label=str(first))
    print(i, flush=True)
"""


def start(first: int, trials: Trials) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WRITER, str(first), str(trials.folder.parent), KEY]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_two_processes_write_together(trials: Trials) -> None:
    writers = [start(0, trials), start(100, trials)]
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    # 0 .. 204 and 100 .. 304, overlapping.
    assert trials.known(KEY).hashes.tolist() == list(range(305))
    assert sum(batch.trials for batch in trials.list()) == 305


def test_a_killed_writer_loses_nothing_it_had_acknowledged(trials: Trials) -> None:
    writer = start(0, trials)
    assert writer.stdout is not None
    for _ in range(5):
        last = int(writer.stdout.readline())
    writer.kill()
    rest, _ = writer.communicate()
    acknowledged = last + len(rest.split())
    trials.remember(KEY, [10**6])
    known = trials.known(KEY)
    assert known.trials >= 5 * acknowledged + 10 + 1
    assert 10**6 in known.hashes
