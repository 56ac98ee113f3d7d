"""The console on a page of its own: every state in every look, and none left out."""

import pytest

from tests.browser.sweep import connecting, doors, records, rotating, second_factors
from tests.browser.sweep.conftest import Open
from tests.browser.sweep.looks import look_at
from tests.browser.sweep.stage import Walk

WALKS = {
    f"{module.__name__.rpartition('.')[2]}: {walk.__name__.replace('_', ' ')}": walk
    for module in (doors, second_factors, rotating, connecting, records)
    for walk in module.WALKS
}


@pytest.mark.parametrize("walk", WALKS.values(), ids=WALKS)
def test_every_state(walk: Walk, open_stage: Open) -> None:
    with open_stage(False) as stage:
        wrong = [f"{state}: {each}" for state in walk(stage) for each in look_at(stage.page, stage.view)]
    assert wrong == []
