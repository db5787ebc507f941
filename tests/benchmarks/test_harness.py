"""What the measurements stand on: processes of their own, their memory, and the figures made of times."""

import os
import sys

import pytest
from benchmarks.harness import in_fresh_process, memory_mb, spread, timed

HERE = "tests.benchmarks.test_harness"
MEGABYTES = 100


def own_process(**arguments: int) -> dict[str, object]:
    return {"pid": os.getpid(), "numpy": "numpy" in sys.modules, **arguments}


def fill_memory() -> dict[str, object]:
    return {"length": len(b"x" * (MEGABYTES * 10**6))}


def fail() -> dict[str, object]:
    raise ValueError("no bars today")


def test_a_job_runs_in_a_fresh_process_and_returns_its_values() -> None:
    outcome = in_fresh_process("benchmarks.harness:nothing")
    assert outcome.values == {}
    assert outcome.wall_s > 0.0


def test_a_job_gets_its_arguments_and_nothing_that_was_imported_before() -> None:
    values = in_fresh_process(f"{HERE}:own_process", number=3).values
    assert (values["number"], values["numpy"]) == (3, False)
    assert values["pid"] != os.getpid()


def test_peak_memory_is_that_of_the_job() -> None:
    outcome = in_fresh_process(f"{HERE}:fill_memory")
    assert outcome.values["length"] == MEGABYTES * 10**6
    assert outcome.peak_mb > MEGABYTES


def test_a_job_that_fails_says_why() -> None:
    with pytest.raises(RuntimeError, match="no bars today"):
        in_fresh_process(f"{HERE}:fail")


def test_memory_of_this_process_is_known_by_name() -> None:
    memory = memory_mb()
    assert 0.0 < memory["RssAnon"] <= memory["VmRSS"] <= memory["VmHWM"]


def test_times_are_printed_as_median_and_spread() -> None:
    assert spread([3.0, 1.0, 2.0], "ms", 1e3, 1) == "2,000.0 ms (1,000.0 .. 3,000.0)"
    assert len(timed(lambda: None, 4)) == 4
