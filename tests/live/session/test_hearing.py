"""What people are told of a source: nothing where all is well."""

from lockstep.live.session.hearing import Hearing
from lockstep.live.sources import news
from lockstep.live.sources.source import News


def told(*items, name="feed"):
    hearing = Hearing(name)
    for kind, content, *symbol in items:
        hearing.hear(News(kind, content, *symbol))
    return hearing.lines()


def away(why, **more):
    return news.DISCONNECTED, {"why": why, "again_in_s": 0.5, **more}


CONNECTED = news.CONNECTED, {"attempts": 0}


def test_one_that_is_heard_needs_no_words():
    assert told() == told(CONNECTED) == told(away("cut"), CONNECTED) == ()
    assert told((news.STALE, {"seconds": 15.0}, "A"), (news.FRESH, {}, "A")) == ()


def test_one_that_is_not_heard_says_why_it_was_not_the_last_time():
    assert told(away("no connection: refused")) == ("feed is not heard: no connection: refused",)
    assert told(CONNECTED, away("cut"), away("refused"), away("refused")) == ("feed is not heard (3 times): refused",)


def test_of_several_sources_each_is_named():
    lines = told(away("cut", source="main"), (news.ENDED, {"source": "spare", "why": "it has no more"}))
    assert lines == ("main is not heard: cut", "spare is not heard: it has ended: it has no more")
    assert told(away("cut", source="main"), (news.CONNECTED, {"source": "main"})) == ()


def test_what_is_stale_missing_and_refused():
    assert told(
        (news.STALE, {"seconds": 15.0}, "A"), (news.STALE, {"seconds": 15.0}, "B"),
        (news.GAP, {"topic": "book:A", "missing": 3}, "A"), (news.GAP, {"topic": "book:A", "missing": -1}, "A"),
        (news.FINDING, {"code": "crossed", "count": 1000, "example": ""}, "A"),
        (news.FINDING, {"code": "late", "count": 1, "example": ""}, "A"),
        (news.CONFLATED, {"count": 5}),
    ) == (
        "nothing is heard of A, B, for 15 s and more", "feed: 2 gaps, 1,001 messages not taken (crossed, late)",
    )  # fmt: skip
