"""What the log's coded words read as."""

import pytest

from webapp.history import words
from webapp.history.events import IDENTITY_PROVIDER, KINDS, OPERATOR, Unreadable
from webapp.rotation import Outcome


def test_every_kind_of_event_is_called_something() -> None:
    assert set(words.actions()) == {*KINDS, Unreadable.type}


@pytest.mark.parametrize("coded", [*Outcome, "refused", "unreadable"])
def test_every_outcome_reads_as_words(coded: str) -> None:
    assert words.outcome(coded)[0].isupper()
    assert "_" not in words.outcome(coded)


def test_one_of_a_newer_version_is_shown_as_it_is() -> None:
    assert words.outcome("half_done") == "Half done"


def test_who_did_what_no_member_did() -> None:
    assert words.person(OPERATOR) == "who runs this console"
    assert words.person(IDENTITY_PROVIDER) == "the identity provider"
    assert words.person("ada@acme.example") == "ada@acme.example"


@pytest.mark.parametrize(
    ("count", "older", "more", "told"),
    [
        (0, False, False, "No events"),
        (0, True, False, "No older events"),
        (1, False, False, "1 event"),
        (50, False, True, "50 events, and there are older ones"),
        (1, True, False, "1 older event"),
        (50, True, True, "50 older events, and there are older ones"),
    ],
)
def test_the_title_of_a_page(count: int, older: bool, more: bool, told: str) -> None:
    assert words.how_many(count, older=older, more=more) == told
