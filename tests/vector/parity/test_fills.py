"""The fills of two runs, paired by hand."""

from lockstep.vector.parity.fills import compare_fills


def fill(order, price, quantity=1.0, time_ns=1, fee=0.1, side="buy"):
    return {"order": order, "time_ns": time_ns, "side": side, "price": price, "quantity": quantity, "maker": True,
            "fee": fee, "position": 9.0}  # fmt: skip


def test_fills_are_paired_by_order_and_the_causes_are_named():
    first = [fill(1, 10.0), fill(1, 10.0, 2.0), fill(2, 11.0), fill(3, 12.0), fill(4, 13.0), fill(6, 9.0)]
    second = [fill(1, 10.0), fill(2, 11.0, time_ns=5), fill(3, 12.5), fill(4, 13.0, fee=0.2), fill(5, 8.0),
              {**fill(6, 9.0), "position": 7.0}]  # fmt: skip
    diff = compare_fills(first, second)
    told = [(pair.order, pair.number, str(pair.cause)) for pair in diff.differences]
    assert told == [(1, 2, "fill"), (2, 1, "latency"), (3, 1, "fill"), (4, 1, "fee"), (5, 1, "fill")]
    assert diff.causes == {"fill": 3, "latency": 1, "fee": 1}
    assert diff.quantities == (7.0, 6.0)
    assert diff.costs[0] == 10 + 20 + 11 + 12 + 13 + 9 + 0.6
    assert diff.differences[0].why == "the first alone has it"


def test_a_sale_is_money_received():
    diff = compare_fills([fill(1, 10.0, side="sell")], [])
    assert diff.costs == (-9.9, 0)
