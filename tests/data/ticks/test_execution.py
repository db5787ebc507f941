"""Settings of a tick backtest: two are the same where what they hold is the same."""

from dataclasses import replace

import pytest

from lockstep.data.ticks.execution import RECORDED, Latency, TickExecution
from lockstep.errors import BacktestError

TIMES = [0, 10, 20]


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_latencies_are_compared_by_what_they_hold(name: str) -> None:
    one, same, slower, later = (
        replace(Latency(submit=1), **{name: table})  # type: ignore[arg-type]
        for table in (
            Latency.recorded(TIMES, [1, 2, 3]), Latency.recorded(TIMES, [1, 2, 3]), Latency.recorded(TIMES, [1, 2, 4]),
            Latency.recorded([0, 10, 21], [1, 2, 3]),
        )
    )  # fmt: skip
    assert one == same
    assert hash(one) == hash(same)
    assert TickExecution(one).to_dict() == TickExecution(same).to_dict()
    different = [one, slower, later, Latency(submit=1), replace(one, submit=2)]
    assert len(set(different)) == len({TickExecution(each) for each in different}) == len(different)
    assert len({str(TickExecution(each).to_dict()) for each in different}) == len(different)


def test_a_table_of_submits_is_none_of_reports() -> None:
    table = Latency.recorded(TIMES, [1, 2, 3])
    assert Latency(recorded_requests=table) != Latency(recorded_reports=table)
    assert Latency() != TIMES


def test_tables_are_told_and_not_read_back() -> None:
    told = TickExecution(Latency(recorded_reports=Latency.recorded(TIMES, [1, 2, 3]))).to_dict()
    assert told["latency"]["recorded_reports"].startswith("3 delays, sha256 ")
    assert told["latency"]["recorded_requests"] is None
    with pytest.raises(BacktestError, match="recorded_reports are not kept as plain values"):
        TickExecution.from_dict(told)
    plain = TickExecution(Latency(submit=3, jitter=2))
    assert TickExecution.from_dict(plain.to_dict()) == plain
