"""Straight lines through observations whose errors differ in size, with intervals that say so.

Standard errors HC3: J. MacKinnon and H. White, "Some heteroskedasticity-consistent covariance matrix estimators with
improved finite sample properties" (1985); with quantiles of Student's t they hold the truth as often as they say from
twenty observations on, where a bootstrap of so few falls short (J. Long and L. Ervin 2000).
"""

import numpy as np
import numpy.typing as npt

from lockstep.vector.ticks.calibration.bootstrap import LEVEL, Estimate
from lockstep.vector.ticks.calibration.quantiles import student

Floats = npt.NDArray[np.float64]


def least_squares(design: Floats, observed: Floats) -> tuple[Estimate, ...]:
    """Return the coefficients of ``observed`` float64[n] on ``design`` float64[n, k], whose columns don't coincide."""
    n, k = design.shape
    inverse = np.linalg.inv(design.T @ design)
    found = inverse @ design.T @ observed
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    off = (observed - design @ found) / np.maximum(1.0 - leverage, 1e-12)
    part = inverse @ design.T * off
    reach = student(0.5 + LEVEL / 2.0, n - k) * np.sqrt(np.einsum("ij,ij->i", part, part))
    return tuple(Estimate(float(b), float(b - r), float(b + r)) for b, r in zip(found, reach, strict=True))
