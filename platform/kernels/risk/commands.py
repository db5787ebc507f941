"""The check and its books as one entry point: an array of commands in, an array of answers out.

What a live session calls with one command at a time, a test calls with thousands; both run the same machine code.
"""

import math
from enum import IntEnum
from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.risk.book import (
    accepted,
    begin_session,
    closed,
    filled,
    marked,
    own_best,
    positioned,
    rated,
    replaced,
    rests,
    set_kill_switch,
    set_state,
    valued,
)
from lockstep.kernels.risk.check import check
from lockstep.kernels.risk.codes import RiskCode
from lockstep.kernels.risk.order import NEVER, Proposal
from lockstep.kernels.risk.tables import Rows


class Action(IntEnum):
    """What a command does, and which fields it reads beside ``symbol``."""

    CHECK = 0
    """Check a proposal and book nothing."""
    SUBMIT = 1
    """Check a proposal, and book it if it passes: a replacement where ``replaces`` is not zero."""
    FILL = 2
    """``quantity`` at ``price`` of an order with own price ``order_price``; ``done``, ``reduce_only``, ``time_ns``."""
    CLOSE = 3
    """The order's end with ``quantity`` left; ``order_price``, ``reduce_only``."""
    MARK = 4
    """``price``, ``time_ns``."""
    RATE = 5
    """``price``: account currency for one unit of the instrument's."""
    POSITION = 6
    """``quantity``"""
    RESTS = 7
    """A stop-limit was triggered: ``quantity`` for its side, ``price``."""
    OWN_BEST = 8
    """``price`` the bid, ``order_price`` the ask."""
    VALUE = 9
    """``price``: the account's equity."""
    SESSION = 10
    """``time_ns``: the session's number."""
    STATE = 11
    """``kind``: a TradingState, by hand."""
    KILL = 12
    """``kind``: 1 to stop every order, 0 to release."""


COMMAND = np.dtype(
    [
        ("action", np.int64),  # Action
        ("symbol", np.int64),  # row of symbols
        ("quantity", np.float64),
        ("kind", np.int64),  # OrderClass
        ("price", np.float64),
        ("trigger", np.float64),
        ("reduce_only", np.int64),
        ("client_id", np.int64),
        ("time_ns", np.int64),
        ("expires_ns", np.int64),
        ("replaces", np.float64),
        ("order_price", np.float64),
        ("done", np.int64),
    ],
    align=True,
)

ANSWER = np.dtype(
    [
        ("code", np.int64),  # RiskCode
        ("limit", np.float64),
        ("current", np.float64),
        ("attempted", np.float64),
        ("look_up", np.int64),  # 1: the best own price may be gone, send OWN_BEST
        ("breach", np.int64),  # 1: the loss of the day has just breached its limit
    ],
    align=True,
)


def new_commands(count: int) -> Rows:
    """Return checks of nothing: set what a command reads."""
    rows = np.zeros(count, COMMAND)
    for name in ("price", "trigger", "order_price"):
        rows[name] = math.nan
    rows["expires_ns"] = NEVER
    return rows


@kernel
def proposal(command: Any) -> Proposal:
    """Return the order that a command proposes."""
    return Proposal(
        command.quantity,
        command.kind,
        command.price,
        command.trigger,
        command.reduce_only != 0,
        command.client_id,
        command.time_ns,
        command.expires_ns,
        command.replaces,
    )


@kernel
def ask(limits: Any, account: Any, symbol: Any, command: Any, answer: Any) -> None:
    """Check a proposal and write the verdict; book it if that was asked for and it passed."""
    order = proposal(command)
    verdict = check(limits, account, symbol, order)
    answer.code = verdict.code
    answer.limit = verdict.limit
    answer.current = verdict.current
    answer.attempted = verdict.attempted
    if command.action == Action.SUBMIT and verdict.code == RiskCode.PASSED:
        if order.replaces == 0.0:
            accepted(account, symbol, order)
        elif replaced(account, symbol, order, command.order_price):
            answer.look_up = 1


@kernel
def book_order(account: Any, symbol: Any, command: Any, answer: Any) -> None:
    """Book what became of an order."""
    action, reduce_only = command.action, command.reduce_only != 0
    if action == Action.FILL:
        if filled(
            account, symbol, command.quantity, command.price, command.order_price, reduce_only, command.done != 0,
            command.time_ns,
        ):  # fmt: skip
            answer.look_up = 1
    elif action == Action.CLOSE:
        if closed(account, symbol, command.quantity, command.order_price, reduce_only):
            answer.look_up = 1
    elif action == Action.RESTS:
        rests(symbol, command.quantity, command.price)
    else:
        own_best(symbol, command.price, command.order_price)


@kernel
def book_rest(limits: Any, account: Any, symbols: Any, command: Any, answer: Any) -> None:
    """Book what is not about an order."""
    action = command.action
    if action == Action.MARK:
        marked(account, symbols[command.symbol], command.price, command.time_ns)
    elif action == Action.RATE:
        rated(account, symbols[command.symbol], command.price)
    elif action == Action.POSITION:
        positioned(account, symbols[command.symbol], command.quantity)
    elif action == Action.VALUE:
        answer.breach = 1 if valued(limits, account, command.price) else 0
    elif action == Action.SESSION:
        begin_session(account, symbols, command.time_ns)
    elif action == Action.STATE:
        set_state(account, command.kind)
    elif action == Action.KILL:
        set_kill_switch(account, command.kind != 0)


@kernel(cache=True)
def run_commands(limits: Any, account: Any, symbols: Any, commands: Any, answers: Any) -> None:
    """Carry out commands in order; ``answers`` (ANSWER, as many rows, zeros) are written, records modified in place.

    ``limits`` (RISK_LIMITS) and ``account`` (RISK_ACCOUNT) have one row, ``symbols`` (RISK_SYMBOL) one each.
    """
    for i in range(commands.size):
        command, answer = commands[i], answers[i]
        action = command.action
        if action <= Action.SUBMIT:
            ask(limits[0], account[0], symbols[command.symbol], command, answer)
        elif action == Action.FILL or action == Action.CLOSE or action == Action.RESTS or action == Action.OWN_BEST:
            book_order(account[0], symbols[command.symbol], command, answer)
        else:
            book_rest(limits[0], account[0], symbols, command, answer)
