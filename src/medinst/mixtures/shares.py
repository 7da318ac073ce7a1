"""How many samples each row gives to a mixture."""

from __future__ import annotations

from collections.abc import Sequence


def weights(available: Sequence[int], factors: Sequence[float], temperature: float) -> list[float]:
    """Return factor x available ** (1 / temperature) for every row, scaled so that the largest power is 1."""
    most = max(available, default=0) or 1
    return [
        factor * (count / most) ** (1 / temperature) if count else 0.0
        for count, factor in zip(available, factors, strict=True)
    ]


def divide(total: int | None, available: Sequence[int], weight: Sequence[float]) -> list[int]:
    """Return how many of ``total`` (None: all there is) each row gives.

    In proportion to ``weight``, whole by largest remainder, never more than is available; what a row cannot give goes
    to the others in the same proportion. The sum is ``total``, or less where that much is not available.
    """
    if total is None or total >= sum(available):
        return list(available)
    given = [0] * len(available)
    open_rows = [at for at, share in enumerate(weight) if share > 0 and available[at]]
    open_rows.sort(key=lambda at: (available[at] / weight[at], at))
    left, weight_left = total, sum(weight[at] for at in open_rows)
    while open_rows and available[open_rows[0]] * weight_left <= left * weight[open_rows[0]]:
        at = open_rows.pop(0)
        given[at] = available[at]
        left -= available[at]
        weight_left = sum(weight[other] for other in open_rows)
    exact = {at: left * weight[at] / weight_left for at in open_rows}
    for at, share in exact.items():
        given[at] = min(int(share), available[at])
    over = left - sum(given[at] for at in open_rows)
    room = [at for at in open_rows if given[at] < available[at]]
    for at in sorted(room, key=lambda at: (given[at] - exact[at], at))[:over]:
        given[at] += 1
    return given
