"""What is proven of a session: all of one that has ended in order, what is written of one that runs or was cut off."""

import pytest

from lockstep.live.session.request import ENDED
from lockstep.live.storage.storage import Storage
from lockstep.vector.parity import prove as proving
from lockstep.work.desk import Desk
from lockstep.work.proofs import parity


@pytest.mark.parametrize("ended", [True, False])
def test_how_far_a_proof_goes_is_seen_when_it_begins(tmp_path, monkeypatch, ended):
    storage = Storage(tmp_path / "one")
    storage.describe({"lanes": []})
    for number in range(2):
        storage.journal.put("note", {"number": number}, time_ns=1)
    storage.close()
    asked = []

    def prove(folder, last):
        asked.append(last)
        return proving.Parity(0, 0, 0, ())

    monkeypatch.setattr(proving, "prove", prove)
    if ended:
        (tmp_path / "one" / ENDED).write_text("{}")
    told = parity({"session": str(tmp_path / "one"), "sessionId": "one"}, Desk(tmp_path, lambda *_: None))
    assert asked == [None if ended else told["row"]]
    assert told["row"] >= 2
