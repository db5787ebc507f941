"""The seed of a generated market."""

import pytest

from lockstep.live.sources.seeds import SEED, seed_of


@pytest.mark.parametrize(
    ("source", "seed"),
    [("synthetic", SEED), ("synthetic@0.1x", SEED), ("synthetic:11", 11), ("synthetic:0@2x", 0), ("feed:11", None),
     ("replay:synthetic", None)],
)  # fmt: skip
def test_a_generated_market_has_the_seed_of_its_name(source, seed):
    assert seed_of(source) == seed
