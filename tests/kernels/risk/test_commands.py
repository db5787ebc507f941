"""A batch of commands and the same commands one at a time: the same answers, the same records, bit for bit."""

from typing import Any

import numpy as np
from tests.kernels.risk.desk import Desk

from lockstep.kernels.risk.commands import ANSWER, Action, new_commands, run_commands


def test_one_at_a_time_equals_the_batch() -> None:
    chance = np.random.default_rng(3)
    count = 3_000
    commands = new_commands(count)
    commands["action"] = chance.choice([Action.SUBMIT, Action.CHECK, Action.MARK, Action.VALUE, Action.SESSION], count)
    commands["symbol"] = chance.integers(0, 3, count)
    commands["quantity"] = chance.integers(-30, 31, count)
    commands["price"] = chance.integers(9_000, 11_000, count) / 100.0
    commands["kind"] = 1
    commands["client_id"] = np.arange(count)
    commands["time_ns"] = np.arange(count) // 100
    commands["price"][commands["action"] == Action.VALUE] *= 1_000.0
    limits: dict[str, Any] = {"maxPositionSize": 200, "maxDailyLoss": 5_000, "maxOrderRate": 20, "maxOrderSize": 25}
    limits |= {"orderRateWindow": 1e-9, "preventSelfTrade": False}
    batch, single = Desk(**limits), Desk(**limits)
    answers, each = np.zeros(count, ANSWER), np.zeros(count, ANSWER)
    run_commands(batch.limits, batch.account, batch.symbols, commands, answers)
    for i in range(count):
        run_commands(single.limits, single.account, single.symbols, commands[i : i + 1], each[i : i + 1])
    assert answers.tobytes() == each.tobytes()
    assert batch.account.tobytes() == single.account.tobytes()
    assert batch.symbols.tobytes() == single.symbols.tobytes()
    assert len(set(answers["code"].tolist())) >= 5
