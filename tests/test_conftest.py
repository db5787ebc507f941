"""Real market data lies beside the checkout, or the tests that need it are skipped and say so."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CASE = """
import os
import pytest

@pytest.mark.real_data
def test_reads(shared_data):
    assert shared_data.is_dir()

def test_store_is_not_the_users():
    assert "default-store" in os.environ["LOCKSTEP_STORE"]
"""


@pytest.mark.parametrize(("present", "outcome"), [(True, "2 passed"), (False, "1 passed, 1 skipped")])
def test_real_data_is_read_where_it_lies_and_skipped_where_not(
    root: Path, tmp_path: Path, present: bool, outcome: str
) -> None:
    checkout = tmp_path / "checkout"
    (checkout / "tests").mkdir(parents=True)
    shutil.copy(root / "tests/conftest.py", checkout / "tests")
    shutil.copy(root / "pyproject.toml", checkout)
    (checkout / "tests/test_case.py").write_text(CASE)
    if present:
        (tmp_path / "shared/data").mkdir(parents=True)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert outcome in done.stdout.splitlines()[-1]
    assert ("no ../shared/data beside the checkout" in done.stdout) is not present
