"""Figures as text: classes add up, what is not known is left out, and the loop turns between two families."""

import asyncio
from itertools import pairwise

import pytest
from prometheus_client.parser import text_string_to_metric_families

from lockstep.live.gateway.monitoring.exposition import counter, gauge, histogram, text_of
from lockstep.live.session.tally import CLASSES, SECONDS, Tally


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.mark.anyio
async def test_a_histogram_counts_all_that_is_below_each_bound():
    tally = Tally()
    for seconds in (0.0, 50e-6, 51e-6, 0.9, 11.0):
        tally.take(seconds)
    more = [0] * CLASSES
    more[0] = 2
    tally.add(more, 1.0)
    (family,) = text_string_to_metric_families(
        (await text_of([histogram("x", "X.", ("s",), {("a",): tally})])).decode()
    )
    found = {sample.labels.get("le", sample.name): sample.value for sample in family.samples}
    assert (found["5e-05"], found["0.0001"], found["0.5"], found["1"], found["+Inf"]) == (4, 5, 5, 6, 7)
    assert found["lockstep_x_count"] == 7
    assert found["lockstep_x_sum"] == pytest.approx(12.900101)
    assert len(found) == len(SECONDS) + 3
    assert tally.measured == 7


@pytest.mark.anyio
async def test_labels_may_say_anything_and_what_is_not_known_is_left_out():
    odd = 'a"b\\c\nd{}'
    text = await text_of(
        [gauge("g", "G\nh.", ("s",), {(odd,): 1.5, ("b",): None}), counter("c_total", "C.", (), {(): 2})]
    )
    gauges, counts = text_string_to_metric_families(text.decode())
    assert [(sample.labels, sample.value) for sample in gauges.samples] == [({"s": odd}, 1.5)]
    assert [(sample.name, sample.value) for sample in counts.samples] == [("lockstep_c_total", 2.0)]


@pytest.mark.anyio
async def test_others_have_their_turn_between_two_families():
    turns, seen = 0, []

    async def other():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    def families():
        for number in range(5):
            seen.append(turns)
            yield gauge(f"g{number}", "G.", (), {(): 1.0})

    task = asyncio.create_task(other())
    await asyncio.sleep(0)
    await text_of(families())
    task.cancel()
    assert all(later > earlier for earlier, later in pairwise(seen))
