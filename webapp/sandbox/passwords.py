"""Passwords: how strong one is, and whose it is (stytch-api.md §4.6).

The strength is a simple, deterministic imitation of zxcvbn's. A password that is reset with one project-wide password
a person (the variant `cross_org_passwords`) is that of all their memberships of that moment.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from werkzeug.security import check_password_hash, generate_password_hash

from webapp.sandbox.errors import ApiError
from webapp.sandbox.identifiers import stable_id
from webapp.sandbox.organizations import Member

# All that HaveIBeenPwned knows here.
BREACHED_PASSWORDS = frozenset({"correct horse battery staple", "Password2024!Summer"})
_COMMON_WORDS = ("password", "qwerty", "letmein", "welcome", "admin", "stytch", "iloveyou")
_LEAST_SCORE = 3
# zxcvbn takes a tenth power of guesses for each character it can't explain; each of these reached is one more point.
_SCORE_LENGTHS = (3, 6, 8, 10)


@dataclass(frozen=True)
class Strength:
    """What a strength check finds: a score from 0 to 4, and what to tell who chose a weak password."""

    score: int
    breached: bool
    warning: str
    suggestions: tuple[str, ...]

    @property
    def valid(self) -> bool:
        """Whether Stytch takes such a password."""
        return self.score >= _LEAST_SCORE and not self.breached

    def to_json(self) -> dict[str, object]:
        """The answer of a strength check, with every required key."""
        return {
            "valid_password": self.valid,
            "score": self.score,
            "breached_password": self.breached,
            "strength_policy": "zxcvbn",
            "breach_detection_on_create": True,
            "luds_feedback": None,
            "zxcvbn_feedback": {"warning": self.warning, "suggestions": list(self.suggestions)},
        }


def strength_of(password: str, email_address: str = "") -> Strength:
    """The strength of a password that somebody with this address wants: each common word, and what the address is made
    of, counts as one character, a repeat or a sequence as nothing.
    """
    words = (*_COMMON_WORDS, *(word for word in re.split(r"\W+", email_address.lower()) if len(word) > 3))
    rest, found = re.subn("|".join(map(re.escape, words)), "\0", password.lower())
    steps = [abs(ord(after) - ord(before)) for before, after in pairwise(rest)]
    unexplained = len(rest) - sum(step <= 1 for step in steps)
    score = sum(unexplained >= length for length in _SCORE_LENGTHS)
    warning, suggestions = "", []
    if score < _LEAST_SCORE:
        suggestions.append("Add another word or two. Uncommon words are better.")
        if found:
            warning = "This is similar to a commonly used password."
        elif 0 in steps:
            warning = "Repeated characters are easy to guess."
            suggestions.append("Avoid repeated characters.")
        elif 1 in steps:
            warning = "Sequences are easy to guess."
            suggestions.append("Avoid sequences.")
    return Strength(score, password in BREACHED_PASSWORDS, warning, tuple(suggestions))


def set_password(members: Iterable[Member], password: str) -> None:
    """Make `password` that of the members, one person all of them."""
    hashed = hash_of(password)
    for member in members:
        member.password_hash = hashed
        member.member_password_id = member.member_password_id or stable_id("member-password", member.member_id)


def hash_of(password: str) -> str:
    """What is kept of a password. The few rounds are those of a pretend one."""
    return generate_password_hash(password, "pbkdf2:sha256:1000")


def check_new_password(password: str, email_address: str) -> None:
    """ApiError `breached_password` or `weak_password` unless Stytch takes it."""
    strength = strength_of(password, email_address)
    if strength.breached:
        raise ApiError("breached_password")
    if not strength.valid:
        raise ApiError("weak_password")


def check_password(members: Iterable[Member], password: str, wrong: str) -> None:
    """ApiError unless one of the members, one person all of them, has this password; `wrong` is its type then.

    What a wrong one is called is for the variant `wrong_password` to say: `password_does_not_match` is in Stytch's
    list of types, others' code has seen `unauthorized_credentials`, and no page that could be read says which.
    """
    having_one = [member for member in members if member.password_hash]
    if not having_one:
        raise ApiError("member_password_not_found")
    if not any(has_password(member, password) for member in having_one):
        raise ApiError(wrong, 401)


def has_password(member: Member, password: str) -> bool:
    """Whether this is the member's password."""
    return bool(member.password_hash) and check_password_hash(member.password_hash, password)
