"""What is kept of orders that are over is found by their client ids, through snapshots too."""

import random
from unittest.mock import patch

import msgspec
import pytest

from lockstep.live.session import kept_orders
from lockstep.live.session.kept_orders import Kept, KeptOrders


def kept_of(count):
    orders = KeptOrders()
    chance = random.Random(7)
    made = {
        f"id {chance.getrandbits(64):x}": Kept(k, k + chance.randrange(9), chance.random(), chance.random())
        for k in range(count)
    }
    for name, order in made.items():
        orders.keep(name, order)
    return orders, made


@pytest.mark.parametrize("count", [0, 1, 5000])
def test_each_order_is_found_by_its_id_and_nothing_by_another(count):
    orders, made = kept_of(count)
    assert {name: list(orders.under(name)) for name in made} == {name: [order] for name, order in made.items()}
    assert list(orders.under("another")) == []


@pytest.mark.parametrize("count", [0, 1, 5000])
def test_a_snapshot_of_them_has_40_bytes_for_each_and_leads_to_the_same(count):
    orders, made = kept_of(count)
    values = orders.save_state()
    assert sum(map(len, values.values())) == 40 * count
    again = KeptOrders()
    again.load_state(msgspec.msgpack.decode(msgspec.msgpack.encode(values)))
    assert {name: list(again.under(name)) for name in made} == {name: [order] for name, order in made.items()}
    again.keep("one more", Kept(1, 2, 3.0, 4.0))
    assert list(again.under("one more")) == [(1, 2, 3.0, 4.0)]


@pytest.mark.parametrize("mark", [0, (1 << 64) - 1])
def test_ids_of_one_hash_are_all_told(mark):
    with patch.object(kept_orders, "_hash", lambda _name: mark):
        orders = KeptOrders()
        orders.keep("a", Kept(1, 2, 0.0, 0.0))
        orders.keep("b", Kept(3, 4, 0.0, 0.0))
        assert {order.row for order in orders.under("a")} == {1, 3}
        again = KeptOrders()
        again.load_state(orders.save_state())
        assert {order.row for order in again.under("b")} == {1, 3}
