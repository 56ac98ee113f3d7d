"""The table of states: walks by name, each of which passes through some."""

import pytest

from tests.browser.sweep import connecting, doors, records, rotating, second_factors
from tests.browser.sweep.conftest import Stages
from tests.browser.sweep.looks import look_at
from tests.browser.sweep.reached import Reached

WALKS = {
    f"{module.__name__.rpartition('.')[2]}: {walk.__name__.replace('_', ' ')}": walk
    for module in (doors, second_factors, connecting, records, rotating)
    for walk in module.WALKS
}


def look_at_all(stages: Stages, subtests: pytest.Subtests, *, framed: bool) -> Reached:
    """Goes all walks and looks at each state; returns what they came to."""
    reached = Reached()
    for name, walk in WALKS.items():
        with subtests.test(name), stages(framed) as stage:
            wrong = []
            for state in walk(stage):
                reached.note(stage)
                wrong += [f"{state}: {each}" for each in look_at(stage.page, stage.view)]
            assert not wrong, "\n".join(wrong)
    return reached
