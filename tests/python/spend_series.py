"""Daily costs as teams have them: a level, a weekly rhythm, noise, trends, spikes, empty days.

Two ways of making them, so that what fits one by chance is found out by the other.
"""

import math
import random
from collections.abc import Callable

Series = Callable[[random.Random, int], list[float]]


def multiplied(chance: random.Random, days: int) -> list[float]:
    """Noise in proportion to the level, a steady trend, spikes of several times a day."""
    level = math.exp(chance.uniform(math.log(2), math.log(3000)))
    growth = chance.choice([0.0, 0.0, chance.gauss(0.003, 0.006)])
    weekend = chance.choice([1.0, chance.uniform(0.05, 0.6), chance.uniform(0, 0.1)])
    noise = chance.uniform(0.05, 0.45)
    spikes = chance.choice([0.0, chance.uniform(0.005, 0.04)])
    nothing = chance.choice([0.0, 0.0, chance.uniform(0.02, 0.12)])
    shift = chance.randrange(7)
    costs = []
    for day in range(days):
        cost = level * math.exp(growth * day) * (weekend if (day + shift) % 7 > 4 else 1)
        cost *= chance.lognormvariate(-noise * noise / 2, noise)
        if chance.random() < spikes:
            cost *= chance.uniform(3, 10)
        costs.append(0.0 if chance.random() < nothing else cost)
    return costs


def requested(chance: random.Random, days: int) -> list[float]:
    """Requests of many sizes add up; the level wanders, and jumps when a product ships."""
    requests = math.exp(chance.uniform(math.log(5), math.log(300)))
    size = math.exp(chance.uniform(math.log(0.05), math.log(5)))
    rhythm = [chance.uniform(0.6, 1.4) for _ in range(5)] + [chance.uniform(0.05, 1)] * 2
    wander = chance.uniform(0, 0.04)
    spread = chance.uniform(0.3, 1.3)
    ships = chance.randrange(days) if chance.random() < 0.2 else -1
    jump = math.exp(chance.gauss(0, 0.5))
    costs = []
    for day in range(days):
        requests *= math.exp(chance.gauss(0, wander)) * (jump if day == ships else 1)
        expected = requests * rhythm[day % 7]
        count = max(0, round(chance.gauss(expected, math.sqrt(expected))))
        costs.append(sum(size * chance.lognormvariate(0, spread) for _ in range(count)))
    return costs


def quiet(chance: random.Random, days: int) -> list[float]:
    """Steady use: a rhythm, some noise, a little growth, and nothing that anyone would look at."""
    level = math.exp(chance.uniform(math.log(20), math.log(3000)))
    growth = chance.gauss(0.001, 0.002)
    weekend = chance.choice([1.0, chance.uniform(0.05, 0.8)])
    noise = chance.uniform(0.03, 0.3)
    shift = chance.randrange(7)
    return [
        level
        * math.exp(growth * day)
        * (weekend if (day + shift) % 7 > 4 else 1)
        * max(0.0, chance.gauss(1, noise))
        for day in range(days)
    ]
