from pathlib import Path

from lockstep.live.gateway.jobs.links import BELOW, MOST, SECONDS, Links


def test_a_link_opens_its_file_once_and_not_too_late() -> None:
    now = [0.0]
    links = Links(lambda: now[0])
    first, late = (links.make(Path(name)).removeprefix(BELOW) for name in ("first", "late"))
    assert len(first) > 40
    now[0] = SECONDS
    assert links.take(first) == Path("first")
    assert links.take(first) is None
    now[0] += 0.1
    assert links.take(late) is None
    assert links.take("") is None


def test_links_that_nobody_opens_are_not_kept_for_ever() -> None:
    links = Links()
    names = [links.make(Path(str(k))).removeprefix(BELOW) for k in range(MOST + 1)]
    assert links.take(names[0]) is None
    assert links.take(names[-1]) == Path(str(MOST))
