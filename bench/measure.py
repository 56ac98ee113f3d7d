"""What was measured, beside what it is compared with and what is wanted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Measured:
    """One line of the table. `share` is the part of its limit that the number reaches: at most 1 when it is met."""

    what: str
    number: str
    baseline: str
    ratio: str
    limit: str
    share: float

    @property
    def met(self) -> bool:
        """Whether it is as wanted."""
        return self.share <= 1


def ratio(
    what: str, numbers: list[float], baselines: list[float], most: float, *, unit: str, baseline: str
) -> Measured:
    """Medians, and the median of the ratios of each turn: those who took turns met the same machine."""
    of_turns = median(number / base for number, base in zip(numbers, baselines, strict=True))
    return Measured(
        what,
        amount(median(numbers), unit),
        f"{amount(median(baselines), unit)}: {baseline}",
        f"{of_turns:.2f}",
        f"≤ {most:g}x",
        of_turns / most,
    )


def at_most(what: str, number: float, most: float, *, unit: str, baseline: str = "", ratio: str = "") -> Measured:
    """A number with a limit of its own."""
    return Measured(what, amount(number, unit), baseline, ratio, f"≤ {amount(most, unit)}", number / most)


def exactly(what: str, number: int, wanted: int, *, baseline: str = "") -> Measured:
    """A count that is to be no other."""
    return Measured(what, str(number), baseline, "", str(wanted), 1 if number == wanted else max(number, 2))


def in_turns(turns: int, sides: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """What each side gives, turn by turn; who begins changes, and a first turn is not counted."""
    names = list(sides)
    given: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(turns + 1):
        for name in names if turn % 2 else reversed(names):
            value = sides[name]()
            if turn:
                given[name].append(value)
    return given


def p95(values: list[float]) -> float:
    """What 95 of 100 are no greater than."""
    return sorted(values)[int(len(values) * 0.95)]


def amount(number: float, unit: str) -> str:
    """As the table has it, in three figures: `1.52 ms`, `29.4 KB`, `118 MiB`."""
    digits = 2 if number < 10 else 1 if number < 100 else 0
    return f"{number:.{digits}f} {unit}".rstrip()
