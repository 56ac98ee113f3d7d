"""What the tests of the client share: the calls that change something, and Stytchs that misbehave."""

from collections.abc import Callable

import pytest

from webapp.stytch import Actor, Stytch
from webapp.stytch.errors import StytchError

Change = Callable[[Stytch, Actor, str], object]
CHANGES = {"start": Stytch.start_rotation, "complete": Stytch.complete_rotation, "cancel": Stytch.cancel_rotation}
each_change = pytest.mark.parametrize(("step", "change"), CHANGES.items(), ids=CHANGES)


def caught(call: Callable[[], object]) -> StytchError:
    """What the call raises."""
    with pytest.raises(StytchError) as info:
        call()
    return info.value
