# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fits the polynomial of erf in compiler/emit/Math.cpp and prints its error.

erf(x) = x * P(u) with u = x*x/8 - 1, for |x| <= 4. P is the Chebyshev
interpolation polynomial, written in powers of u.
"""

from math import erf, sqrt

import numpy as np
from numpy.polynomial import chebyshev

DEGREE = 21


def quotient(u):
    x = sqrt(8 * (u + 1))
    # Where the quotient would lose digits, the series has them.
    if x < 1e-3:
        return 2 / sqrt(np.pi) * (1 - x * x / 3 + x**4 / 10)
    return erf(x) / x


series = chebyshev.chebinterpolate(np.vectorize(quotient), DEGREE)
powers = chebyshev.cheb2poly(series)
for coefficient in powers:
    print(f"    {float(coefficient).hex()},")

u = np.linspace(-1, 1, 200001)[1:]
exact = np.vectorize(quotient)(u)
value = np.zeros_like(u)
for coefficient in powers[::-1]:
    value = value * u + coefficient
print("largest relative error:", np.max(np.abs(value / exact - 1)))
