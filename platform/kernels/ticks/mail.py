"""Messages under way, by time of arrival: the next one is the last of its array."""

from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.ticks.latency import report_delay, request_delay
from lockstep.kernels.ticks.tables import NEVER, Run, own_of, reports_of, requests_of


@kernel(inline=False)
def post(box: Any, count: int, time_ns: int, order: int, order_id: int, kind: int, tick: int, lots: int) -> None:
    """Put a message where its time belongs; behind those of the same time."""
    k = count
    while k > 0 and box[k - 1].time_ns <= time_ns:
        to, source = box[k], box[k - 1]
        to.time_ns, to.order, to.id, to.kind = source.time_ns, source.order, source.id, source.kind
        to.tick, to.lots = source.tick, source.lots
        k -= 1
    message = box[k]
    message.time_ns, message.order, message.id, message.kind = time_ns, order, order_id, kind
    message.tick, message.lots = tick, lots


@kernel
def request(r: Run, row: int, action: int, tick: int, lots: int) -> None:
    """Send a request to the exchange, now."""
    arrival = r.now_ns + request_delay(r, action)
    post(requests_of(r), r.request_count, arrival, row, own_of(r)[row].id, action, tick, lots)
    r.request_count += 1


@kernel
def report(r: Run, row: int, time_ns: int, kind: int, tick: int, lots: int) -> None:
    """Send a report back, from the exchange's moment ``time_ns`` on."""
    arrival = time_ns + report_delay(r, time_ns)
    post(reports_of(r), r.report_count, arrival, row, own_of(r)[row].id, kind, tick, lots)
    r.report_count += 1


@kernel
def next_request_ns(r: Run) -> int:
    """Return when the next request arrives at the exchange."""
    return requests_of(r)[r.request_count - 1].time_ns if r.request_count > 0 else NEVER


@kernel
def next_report_ns(r: Run) -> int:
    """Return when the next report arrives at the strategy."""
    return reports_of(r)[r.report_count - 1].time_ns if r.report_count > 0 else NEVER
