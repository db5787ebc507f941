"""What speaks against another mode: each reason by itself, and all of them at once."""

import re

import pytest

from lockstep.live.session.transitions import Facts, LaneFacts, reasons

READY = LaneFacts("maker", "ACME", 0.0, 0, "", "")
TO_LIVE = Facts(
    "paper", "live", "keep", (READY,), {"ACME": 0.0}, killed=False, flattening=False, halted=False, limited=True,
    armed=True, venue="exchange of 127.0.0.1:7001", connected=True, reconciled=True,
)  # fmt: skip
TO_PAPER = TO_LIVE._replace(mode="live", to="paper", armed=False)
WARM = Facts("backtest", "paper", "keep", (READY,), {"ACME": 0.0}, killed=True, flattening=False, halted=False,
             limited=False, armed=False)  # fmt: skip


def test_nothing_speaks_against_what_is_ready():
    assert reasons(TO_LIVE) == []
    assert reasons(TO_PAPER) == []
    assert reasons(WARM) == []  # the kill switch holds on paper too


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (TO_LIVE._replace(mode="backtest"), "no way leads from backtest to live: from here it can be paper"),
        (TO_LIVE._replace(mode="live"), "no way leads from live to live: from here it can be paper"),
        (TO_LIVE._replace(venue=""), "no venue is configured"),
        (TO_LIVE._replace(connected=False), "is not connected"),
        (TO_LIVE._replace(reconciled=False), "are not reconciled with"),
        (TO_LIVE._replace(unknown=("s-0-7",)), r"of 1 orders nobody knows what became of them \(s-0-7\)"),
        (TO_LIVE._replace(armed=False), "it is not armed"),
        (TO_LIVE._replace(limited=False), "no limits"),
        (TO_LIVE._replace(killed=True), "the kill switch is on"),
        (TO_LIVE._replace(halted=True), "trading is halted"),
        (TO_LIVE._replace(flattening=True), "positions are being closed"),
        (TO_LIVE._replace(stale=("ACME",)), "the market data of ACME are not fresh"),
        (TO_LIVE._replace(journal="disk full"), r"the journal has failed \(disk full\)"),
        (TO_LIVE._replace(lanes=(READY._replace(halted="ValueError: x"),)), r"maker is halted \(ValueError: x\)"),
        (TO_LIVE._replace(lanes=(READY._replace(certificate="none was given"),)), "no fresh certificate: none was"),
        (TO_LIVE._replace(held={"ACME": 3.0}), "believes to hold 0 ACME, and 3 are held: choose flat"),
        (TO_LIVE._replace(held={"ACME": 3.0}, position="flat"), "flat begins at none, and the account holds 3 ACME"),
        (TO_LIVE._replace(held={"ACME": float("nan")}), "nobody knows what is held of ACME"),
        (TO_PAPER._replace(lanes=(READY._replace(working=2),)), "2 orders of maker may still trade"),
        (TO_PAPER._replace(lanes=(READY._replace(believed=5.0),), position="flat"), "maker holds 5 ACME at exchange"),
        (TO_PAPER._replace(reconciled=False), "are not reconciled with"),
        (WARM._replace(lanes=(READY._replace(believed=-2.0),)), "believes to hold -2 ACME, and 0 are held"),
    ],
)  # fmt: skip
def test_each_reason_is_given_with_its_cure(facts, said):
    (reason,) = reasons(facts)
    assert re.search(said, reason)


def test_what_operators_choose_lets_positions_differ():
    held = TO_LIVE._replace(lanes=(READY._replace(believed=2.0),))
    assert reasons(held._replace(position="flat")) == []
    assert reasons(held._replace(position="align")) == []
    assert reasons(TO_LIVE._replace(held={"ACME": 3.0}, position="align")) == []
    left = TO_PAPER._replace(lanes=(READY._replace(believed=5.0),), position="flat", leave=True)
    assert reasons(left) == []


def test_a_position_of_several_strategies_belongs_to_none_of_them():
    both = TO_LIVE._replace(lanes=(READY, READY._replace(name="taker")), held={"ACME": 3.0}, position="align")
    assert reasons(both) == ["several strategies trade ACME, and the account holds 3: close it first"]


def test_all_reasons_come_at_once():
    bare = Facts("paper", "live", "keep", (READY._replace(certificate="none was given"),), {"ACME": float("nan")},
                 killed=True, flattening=False, halted=False, limited=False, armed=False)  # fmt: skip
    assert len(reasons(bare)) == 6
