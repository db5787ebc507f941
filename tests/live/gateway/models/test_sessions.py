"""Sessions as the documents ask for them: what their strategies have, and what limits hold."""

import json
import re
from pathlib import Path

from lockstep.live.gateway.models.sessions import SessionBody

GUIDE = Path(__file__).parents[4] / "docs" / "gateway.md"


def test_the_makers_of_the_guide_have_what_it_says():
    (text,) = re.findall(
        r"/api/sessions -H \"Content-Type: application/json\" -d '(.*?)'\n```", GUIDE.read_text(), re.DOTALL
    )
    asked = SessionBody.model_validate(json.loads(text)).request(Path("home"), None, "full")
    assert asked.allocations == {"maker": 40_000.0}  # 0.8 of 50,000
    assert "the maker above has 40,000 of the 50,000" in GUIDE.read_text()
    assert (asked.limits or {})["maxSymbolExposure"] == 2 * 50_000.0
