"""Three thousand made-up requests and a thousand frames find no fault; and the check would find one."""

import httpx2
import pytest
from tests.live.gateway.fuzzing.answers import fault_of
from tests.live.gateway.fuzzing.gateway import Fuzzing

from lockstep.live.gateway.problems import MEDIA_TYPE, Problem, answer

REQUESTS, FRAMES = 3_000, 1_000


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory):
    with Fuzzing(tmp_path_factory.mktemp("fuzz"), number=20261123) as fuzzing:
        fuzzing.run(REQUESTS)
        fuzzing.send_frames(FRAMES)
        fuzzing.end()
    return fuzzing


def test_no_request_and_no_frame_finds_a_fault(fuzzed):
    assert fuzzed.faults == []
    assert fuzzed.statuses.total() == REQUESTS
    assert fuzzed.frames >= FRAMES
    assert fuzzed.statuses[200] > 300  # some were right
    assert fuzzed.statuses[422] > 300  # and some wrong


def test_most_requests_that_reach_into_a_session_are_answered_by_one_that_runs(fuzzed):
    assert fuzzed.share() > 0.5, fuzzed.trading
    assert fuzzed.trading["unavailable"] < 0.05 * fuzzed.trading.total()
    assert fuzzed.codes["201"] > 20  # orders
    refusals = [code for code in fuzzed.codes if code.startswith("422 RISK_")]
    assert len(refusals) > 2  # not all by the kill switch


def test_the_session_behind_it_has_traded_and_is_what_the_batch_makes_of_it(fuzzed):
    assert fuzzed.proof["equal"]
    assert fuzzed.proof["rows"] > 100
    for kind in ("submit_order", "cancel_order", "fill", "kill", "release", "flatten", "limit_change"):
        assert fuzzed.kinds[kind] > 0, kind


def response(status: int, content: bytes, kind: str = MEDIA_TYPE) -> httpx2.Response:
    return httpx2.Response(status, content=content, headers={"Content-Type": kind})


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        (response(200, b"Traceback (most recent call last)", "text/plain"), "a traceback"),
        (response(500, b"Internal Server Error", "text/plain"), "500 is no problem document"),
        (response(422, b'{"detail": []}', "application/json"), "422 is no problem document"),
        (response(500, bytes(answer(Problem(500, "INTERNAL_ERROR", "x")).body)), "500 INTERNAL_ERROR"),
        (response(503, bytes(answer(Problem(503, "JOURNAL_FAILED", "x")).body)), "503 JOURNAL_FAILED"),
        (response(404, bytes(answer(Problem(422, "NOT_FOUND", "x")).body)), "an odd problem"),
    ],
)
def test_a_fault_is_found(found, fault):
    assert fault_of(found).startswith(fault)


def test_what_is_not_there_is_no_fault():
    missing = answer(Problem(503, "ENGINE_NOT_INITIALIZED", "no session runs"))
    assert fault_of(response(503, bytes(missing.body))) == ""
    assert fault_of(response(200, b"{}", "application/json")) == ""
