"""The product in tiles is the product."""

import numpy as np
import pytest

from lockstep.analytics.overfitting.product import product


@pytest.mark.parametrize(
    ("rows", "inner", "columns"), [(1, 64, 1), (63, 64, 65), (200, 17, 130), (0, 64, 5), (5, 64, 0)]
)
def test_it_is_numpys(rows: int, inner: int, columns: int) -> None:
    generator = np.random.default_rng(1)
    left, right = generator.standard_normal((rows, inner)), generator.standard_normal((inner, columns))
    np.testing.assert_allclose(product(left, right), left @ right, rtol=1e-12, atol=1e-12)
