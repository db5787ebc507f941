"""Queue models against their formulas by hand, and the bounds that hold for all."""

import math

import numpy as np
import pytest

from lockstep.kernels._jit import kernel
from lockstep.kernels.ticks.queue_models import QueueModel, ahead_after, share_behind


@kernel(cache=True)
def after(model: int, power: float, ahead: float, before: float, now: float, traded: float) -> float:
    return ahead_after(model, power, ahead, before, now, traded)


@kernel(cache=True)
def share(model: int, power: float, ahead: float, behind: float) -> float:
    return share_behind(model, power, ahead, behind)


# 20 ahead and 60 behind: the formulas of the module's documentation, worked out.
SHARES = {
    (QueueModel.POWER, 1.0): 60 / 80,
    (QueueModel.POWER, 2.0): 3600 / 4000,
    (QueueModel.POWER, 3.0): 216000 / 224000,
    (QueueModel.LOG, 1.0): math.log(61) / (math.log(61) + math.log(21)),
    (QueueModel.POWER_2, 1.0): 0.75,
    (QueueModel.POWER_2, 2.0): 0.5625,
    (QueueModel.LOG_2, 1.0): math.log(61) / math.log(81),
    (QueueModel.POWER_3, 1.0): 0.75,
    (QueueModel.POWER_3, 2.0): 1 - 0.0625,
}


@pytest.mark.parametrize(("model", "power"), SHARES)
def test_the_share_that_stood_behind_is_that_of_the_formula(model, power):
    assert share(int(model), power, 20.0, 60.0) == pytest.approx(SHARES[model, power], rel=1e-14)


@pytest.mark.parametrize(("model", "power"), SHARES)
def test_cancels_ahead_are_the_share_that_did_not_stand_behind(model, power):
    # 80 shown, 8 canceled.
    expected = 20 - 8 * (1 - SHARES[model, power])
    assert after(int(model), power, 20.0, 80.0, 72.0, 0.0) == pytest.approx(expected, rel=1e-14)


def test_the_careful_model_comes_forward_by_trades_alone():
    assert after(int(QueueModel.RISK_AVERSE), 1.0, 20.0, 80.0, 50.0, 0.0) == 20.0
    assert after(int(QueueModel.RISK_AVERSE), 1.0, 20.0, 80.0, 15.0, 0.0) == 15.0


@pytest.mark.parametrize("model", QueueModel)
def test_what_was_traded_is_not_canceled_too(model):
    # 30 of 80 were traded and are off the 50 that were ahead: nothing was canceled.
    assert after(int(model), 2.0, 20.0, 80.0, 50.0, 30.0) == 20.0


@pytest.mark.parametrize("model", QueueModel)
def test_nobody_behind_means_all_cancels_were_ahead(model):
    expected = 20.0 if model == QueueModel.RISK_AVERSE else 12.0
    assert after(int(model), 2.0, 20.0, 20.0, 12.0, 0.0) == min(expected, 12.0)


@pytest.mark.parametrize("model", QueueModel)
@pytest.mark.parametrize("power", [0.5, 1.0, 3.0])
def test_an_estimate_stays_within_what_can_be(model, power):
    rng = np.random.default_rng(int(model))
    for _ in range(2000):
        before = float(rng.integers(0, 100))
        ahead = min(float(rng.integers(0, 100)), before)
        now, traded = float(rng.integers(0, 120)), float(rng.integers(0, 100))
        found = after(int(model), power, ahead, before, now, traded)
        assert 0.0 <= found <= min(ahead, now)
        # Even if every cancel had been ahead, it would not have come further.
        assert found >= min(max(ahead - max(before - traded - now, 0.0), 0.0), now)
