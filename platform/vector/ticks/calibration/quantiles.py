"""Quantiles of the laws that exact intervals need, in closed form."""

from statistics import NormalDist

from lockstep.vector.ticks.calibration.bootstrap import LEVEL, Estimate

TAIL = (1.0 - LEVEL) / 2.0
"""What an interval leaves out on each side."""


def chi_square(probability: float, degrees: int) -> float:
    """Return a quantile of chi-square (E. Wilson and M. Hilferty 1931): within 1 % from five degrees on."""
    part = 2.0 / (9.0 * degrees)
    return float(degrees * (1.0 - part + NormalDist().inv_cdf(probability) * part**0.5) ** 3)


def student(probability: float, degrees: int) -> float:
    """Return a quantile of Student's t (M. Abramowitz and I. Stegun 1964, 26.7.5): within 0.1 % from ten degrees on."""
    z = NormalDist().inv_cdf(probability)
    terms = (
        (z**3 + z) / 4.0,
        (5.0 * z**5 + 16.0 * z**3 + 3.0 * z) / 96.0,
        (3.0 * z**7 + 19.0 * z**5 + 17.0 * z**3 - 15.0 * z) / 384.0,
    )
    return float(z + sum(term / degrees ** (k + 1) for k, term in enumerate(terms)))


def proportion(hits: int, of: int) -> Estimate:
    """Return a share with its interval (E. Wilson 1927), which says something of shares of 0 and 1 too."""
    z, share = NormalDist().inv_cdf(1.0 - TAIL), hits / of
    middle, reach = share + z * z / (2 * of), z * (share * (1.0 - share) / of + z * z / (4.0 * of * of)) ** 0.5
    low, high = ((middle + side * reach) / (1.0 + z * z / of) for side in (-1.0, 1.0))
    return Estimate(share, max(low, 0.0), min(high, 1.0))
