"""What every test may count on: no store of the user's is touched, and real market data where it lies."""

from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"

# A machine under load is no reason for a test to fail.
settings.register_profile("lockstep", deadline=None, print_blob=True)
settings.load_profile("lockstep")


@pytest.fixture(autouse=True)
def _own_store(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the default store at an empty folder, so that no test finds or writes the user's."""
    monkeypatch.setenv("LOCKSTEP_STORE", str(tmp_path_factory.getbasetemp() / "default-store"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real market data beside the checkout; for tests marked `real_data`."""
    return SHARED_DATA


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if SHARED_DATA.is_dir():
        return
    absent = pytest.mark.skip(reason="no ../shared/data beside the checkout; real market data is not in the repository")
    for item in items:
        if item.get_closest_marker("real_data"):
            item.add_marker(absent)
