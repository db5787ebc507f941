import pytest
from tests.kernels.matching.desk import Desk, new_desk


@pytest.fixture(params=["compiled", "reference"])
def which(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def desk(which: str) -> Desk:
    return new_desk(which)
