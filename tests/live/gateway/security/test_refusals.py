"""Refused logins: the first at once, the rest in sums, and however many there are, few rows and little memory."""

from lockstep.live.gateway.security.refusals import MOST, RATE, WINDOW_SECONDS, Refusal, Refusals


def of(number: int = 0, code: str = "UNAUTHORIZED") -> Refusal:
    return Refusal(code, f"192.0.{number // 256}.{number % 256}", "", "GET /api/orders")


def test_the_first_is_written_at_once_and_the_rest_in_sums():
    refusals = Refusals()
    for _ in range(5):
        refusals.take(of(), 100.0)
    assert [(kind, row["count"]) for kind, row in refusals.due(100.0)] == [("login_refused", 1)]
    assert refusals.due(100.0 + WINDOW_SECONDS - 1) == []
    assert [(kind, row["count"]) for kind, row in refusals.due(100.0 + WINDOW_SECONDS)] == [("logins_refused", 4)]
    refusals.take(of(), 111.0)
    assert refusals.due(111.0) == []  # they go on: counted until the next sum
    assert [row["count"] for _, row in refusals.due(121.0)] == [1]
    assert refusals.due(131.0) == []
    refusals.take(of(), 140.0)
    assert [kind for kind, _ in refusals.due(140.0)] == ["login_refused"]  # after a silence, the first again


def test_what_is_left_is_written_at_the_end():
    refusals = Refusals()
    for _ in range(3):
        refusals.take(of(), 0.0)
    assert sum(row["count"] for _, row in refusals.due(0.0, all_of_it=True)) == 3
    assert refusals.due(0.0, all_of_it=True) == []


def test_an_address_that_goes_on_is_made_to_wait_and_others_are_not():
    refusals = Refusals()
    waits = [refusals.take(of(), 0.0) for _ in range(RATE.burst + 1)]
    assert waits == [0.0] * RATE.burst + [2.0]
    assert refusals.take(of(1), 0.0) == 0.0
    assert refusals.take(of(), 2.0) == 0.0
    assert refusals.total == {"UNAUTHORIZED": RATE.burst + 3}


def test_a_million_addresses_are_some_rows_and_none_is_lost_from_the_sum():
    refusals = Refusals()
    for number in range(20 * MOST):
        refusals.take(of(number), 0.0)
    rows = refusals.due(0.0, all_of_it=True)
    assert len(rows) <= MOST + 3
    assert sum(row["count"] for _, row in rows) == 20 * MOST


def test_what_was_sent_is_written_as_plain_short_text():
    refusals = Refusals()
    refusals.take(Refusal("FORBIDDEN", "::1", "desk", "GET /\x1b[31m\n" + "é" * 500), 0.0)
    what = refusals.due(0.0)[0][1]["what"]
    assert what.isascii()
    assert what.isprintable()
    assert len(what) == 200
