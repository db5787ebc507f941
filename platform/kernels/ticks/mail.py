"""Messages under way, by time of arrival: the next one is the last of its array."""

from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.order_terms import NEVER, NO_TICK, Reason
from lockstep.kernels.ticks.clock import local_ns
from lockstep.kernels.ticks.latency import report_delay, request_delay
from lockstep.kernels.ticks.tables import FILL_REPORT, OrderState, Run, intents_of, own_of, reports_of, requests_of


@kernel(inline=False)
def post(
    box: Any, count: int, time_ns: int, order: int, order_id: int, kind: int, tick: int, trigger: int, lots: int,
    remaining: int, answers: int, why: int,
) -> None:  # fmt: skip
    """Put a message where its time belongs; behind those of the same time."""
    k = count
    while k > 0 and box[k - 1].time_ns <= time_ns:
        to, source = box[k], box[k - 1]
        to.time_ns, to.order, to.id, to.kind = source.time_ns, source.order, source.id, source.kind
        to.tick, to.lots, to.remaining = source.tick, source.lots, source.remaining
        to.answers, to.why, to.trigger = source.answers, source.why, source.trigger
        k -= 1
    message = box[k]
    message.time_ns, message.order, message.id, message.kind = time_ns, order, order_id, kind
    message.tick, message.lots, message.remaining = tick, lots, remaining
    message.answers, message.why, message.trigger = answers, why, trigger


@kernel
def request(r: Run, row: int, action: int, tick: int, trigger: int, lots: int) -> None:
    """Send a request to the exchange, now. None overtakes an earlier one about the same order."""
    o = own_of(r)[row]
    o.request_ns = max(local_ns(r) + request_delay(r, action), o.request_ns)
    if r.remote == 0:
        post(requests_of(r), r.request_count, o.request_ns, row, o.id, action, tick, trigger, lots, 0, 0, Reason.NONE)
        r.request_count += 1
    if r.intent_room > 0:
        _write_intent(r, o, action, tick, trigger, lots)


@kernel(inline=False)
def _write_intent(r: Run, o: Any, action: int, tick: int, trigger: int, lots: int) -> None:
    if r.intent_count == r.intent_room:
        r.overrun = 1
        return
    record = intents_of(r)[r.intent_count]
    r.intent_count += 1
    record.order, record.action, record.side, record.tick, record.lots = o.id, action, o.side, tick, lots
    record.type, record.force, record.flags, record.expiry_ns = o.type, o.force, o.flags, o.expiry_ns
    record.prevention, record.display = o.prevention, o.display
    record.trigger, record.sent_ns, record.arrives_ns = trigger, local_ns(r), o.request_ns


@kernel
def report(r: Run, row: int, time_ns: int, kind: int, tick: int, lots: int) -> None:
    """Send a report back, from the exchange's moment ``time_ns`` on, with what remains of the order."""
    _send(r, row, time_ns, kind, tick, NO_TICK, lots, 0, Reason.NONE)


@kernel
def report_fill(r: Run, row: int, time_ns: int, tick: int, lots: int) -> None:
    """Report the fill that was written down last."""
    _send(r, row, time_ns, FILL_REPORT, tick, r.fill_count - 1, lots, 0, Reason.NONE)


@kernel
def answer(r: Run, row: int, time_ns: int, why: int) -> None:
    """Answer a request about an order with how it stands, and with ``why`` the request was refused, NONE if not."""
    o = own_of(r)[row]
    _send(r, row, time_ns, o.state, o.tick, NO_TICK, 0, 1, why)


@kernel(inline=False)
def _send(
    r: Run, row: int, time_ns: int, kind: int, tick: int, trigger: int, lots: int, answers: int, why: int
) -> None:  # fmt: skip
    o = own_of(r)[row]
    o.report_ns = max(time_ns + report_delay(r, time_ns) - r.lead_ns, o.report_ns)
    post(reports_of(r), r.report_count, o.report_ns, row, o.id, kind, tick, trigger, lots, o.remaining, answers, why)
    r.report_count += 1


@kernel(inline=False)
def answer_gone(r: Run, row: int, order_id: int, time_ns: int) -> None:
    """Report to a request that its order is gone, where the strategy has heard of the end since it asked.

    The exchange can't know what the strategy has heard: every request is answered.
    """
    heard_ns = time_ns + report_delay(r, time_ns) - r.lead_ns
    post(reports_of(r), r.report_count, heard_ns, row, order_id, OrderState.FREE, 0, NO_TICK, 0, 0, 1, Reason.NONE)
    r.report_count += 1


@kernel
def next_request_ns(r: Run) -> int:
    """Return when the next request arrives at the exchange."""
    return requests_of(r)[r.request_count - 1].time_ns if r.request_count > 0 else NEVER


@kernel
def next_report_ns(r: Run) -> int:
    """Return when the next report arrives at the strategy."""
    return reports_of(r)[r.report_count - 1].time_ns if r.report_count > 0 else NEVER
