"""Figures of parts of the gateway that have other things to keep: jobs, streams, and what the guard refuses."""

from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import Metric

from lockstep.live.gateway.jobs.board import Board
from lockstep.live.gateway.monitoring.exposition import Labels, counter, gauge
from lockstep.live.gateway.security.refusals import Refusals
from lockstep.live.gateway.streams.client import TOO_SLOW
from lockstep.live.gateway.streams.hub import GOING_AWAY, Hub
from lockstep.live.gateway.streams.requests import POLICY

_REASONS = {0: "left", TOO_SLOW: "slow", GOING_AWAY: "going_away", POLICY: "no_token"}
"""By close code."""


class JobFigures:
    """Of jobs."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def families(self) -> Iterator[Metric]:
        """Give the figures."""
        yield gauge("jobs", "Jobs that wait, and that are being done.", ("state",),
                    {(state,): float(count) for state, count in self._board.counts.items()})  # fmt: skip
        ended = Counter((job.kind, job.state) for job in self._board.jobs if job.ended)
        yield gauge("jobs_kept", "Jobs that are over and still known, by what became of them.", ("kind", "state"),
                    {labels: float(count) for labels, count in ended.items()})  # fmt: skip


class StreamFigures:
    """Of streams: who listens, and what waits for those who are slow."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def families(self) -> Iterator[Metric]:
        """Give the figures."""
        boxes = [client.outbox for client in self._hub.clients]
        waiting = [len(box) for box in boxes]
        yield gauge("stream_clients", "Open streams.", (), {(): float(len(boxes))})
        yield gauge("stream_outbox_messages", "Messages that wait for clients.", (), {(): float(sum(waiting))})
        yield gauge("stream_outbox_longest_messages", "Messages that wait for the slowest client.", (),
                    {(): float(max(waiting, default=0))})  # fmt: skip
        yield gauge("stream_outbox_bytes", "Bytes of messages that may not be left out.", (),
                    {(): float(sum(box.bytes for box in boxes))})  # fmt: skip
        left_out = self._hub.left_out + sum(client.left_out + client.outbox.left_out for client in self._hub.clients)
        yield counter(
            "stream_messages_left_out_total", "Messages that later ones stood for.", (), {(): float(left_out)}
        )
        closed: Counter[Labels] = Counter()
        for code, count in self._hub.gone.items():
            closed[_REASONS.get(code, "other"),] += count
        yield counter("stream_clients_closed_total", "Streams that have ended, by who ended them and why.", ("reason",),
                      {(reason,): float(closed[reason,]) for reason in (*_REASONS.values(), "other")})  # fmt: skip


class Refused:
    """Of requests that the guard refused."""

    def __init__(self, refusals: Refusals) -> None:
        self._refusals = refusals

    def families(self) -> Iterator[Metric]:
        """Give the figures."""
        yield counter("logins_refused_total", "Requests refused for their token, host or origin.", ("code",),
                      {(code,): float(count) for code, count in self._refusals.total.items()})  # fmt: skip
