"""Which directory groups hold which roles, and what a change makes of that (`stytch-api.md §2.1`).

Stytch takes the assignments of a connection as one list, in which what is left out ends. So a change is kept as what it
adds and removes, and is applied to the whole list as it is at that moment: what nobody saw stays.
"""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, field_validator

from webapp.stytch.models import RoleAssignment

EVERYBODYS = "stytch_member"
"""Stytch gives it to every member: there is nothing to assign (`stytch-api.md §6.2`)."""

_Id = Field(min_length=1, max_length=200)


class Change(BaseModel):
    """What is to become of one group's roles; `had` are those that the admin saw it hold. The name is for eyes only."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    group_id: str = _Id
    group_name: str = Field(default="", max_length=1000)
    had: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    @field_validator("add")
    @classmethod
    def _can_be_given(cls, add: tuple[str, ...]) -> tuple[str, ...]:
        if "" in add or EVERYBODYS in add:
            raise ValueError("no role that can be given")
        return add

    @classmethod
    def choosing(cls, group_id: str, group_name: str, had: Iterable[str], chosen: Iterable[str]) -> "Change":
        """What makes the chosen roles, and no others, of those that the admin saw."""
        before, after = dict.fromkeys(had), dict.fromkeys(chosen)
        add = tuple(role for role in after if role not in before)
        remove = tuple(role for role in before if role not in after)
        return cls(group_id=group_id, group_name=group_name, had=tuple(before), add=add, remove=remove)

    @property
    def name(self) -> str:
        """What the group is called on the page."""
        return self.group_name or self.group_id


CHANGES = TypeAdapter(list[Change])
"""Changes as a form carries them."""


@dataclass(frozen=True)
class Held:
    """A group that holds roles. Stytch may know no name of a group that is gone."""

    group_id: str
    group_name: str
    roles: tuple[str, ...]

    @property
    def name(self) -> str:
        """What the group is called on the page."""
        return self.group_name or self.group_id


class Assignments:
    """All assignments of a connection as they were read, in Stytch's order, each once."""

    def __init__(self, assignments: Iterable[RoleAssignment]) -> None:
        self._names: dict[str, str] = {}
        self._roles: dict[str, dict[str, None]] = {}
        pairs: dict[tuple[str, str], None] = {}
        for each in assignments:
            pairs[each.role_id, each.group_id] = None
            self._roles.setdefault(each.group_id, {})[each.role_id] = None
            self._names[each.group_id] = each.group_name or self._names.get(each.group_id, "")
        self.pairs = tuple(pairs)
        """Role id and group id."""

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def mark(self) -> str:
        """Tells two states apart: the same for the same pairs in any order."""
        return _mark(self.pairs)

    def roles_of(self, group_id: str) -> tuple[str, ...]:
        """The role ids that a group holds."""
        return tuple(self._roles.get(group_id, ()))

    def name_of(self, group_id: str) -> str:
        """What Stytch calls the group, empty if it holds nothing or has no name."""
        return self._names.get(group_id, "")

    @property
    def role_ids(self) -> list[str]:
        """The role ids that any group holds."""
        return list(dict.fromkeys(role_id for role_id, _ in self.pairs))

    @property
    def held(self) -> list[Held]:
        """The groups that hold roles, by name."""
        groups = (Held(each, self._names[each], self.roles_of(each)) for each in self._roles)
        return sorted(groups, key=lambda group: (group.name.casefold(), group.group_id))

    def still_to_do(self, changes: Iterable[Change]) -> list[Change]:
        """The changes without what is so already; those of which nothing is left are not among them."""
        left = []
        for change in changes:
            has = self.roles_of(change.group_id)
            add = tuple(role for role in change.add if role not in has)
            remove = tuple(role for role in change.remove if role in has)
            if add or remove:
                left.append(change.model_copy(update={"had": has, "add": add, "remove": remove}))
        return left

    def taking_away(self, groups: Collection[str], roles: Collection[str]) -> list[Change]:
        """What ends every assignment of these groups, and of these roles."""
        ended = {
            each: [role for role in self.roles_of(each) if each in groups or role in roles] for each in self._roles
        }
        return [
            Change(group_id=each, group_name=self.name_of(each), had=self.roles_of(each), remove=tuple(remove))
            for each, remove in ended.items()
            if remove
        ]

    def after(self, changes: Iterable[Change]) -> list[tuple[str, str]]:
        """All pairs once the changes are made, and nothing else."""
        pairs = dict.fromkeys(self.pairs)
        for change in changes:
            for role in change.remove:
                pairs.pop((role, change.group_id), None)
            for role in change.add:
                pairs[role, change.group_id] = None
        return list(pairs)

    def only_these_changed(self, mark: str, changes: Iterable[Change]) -> bool:
        """Whether the groups of the changes account for all that is different from the state of that mark."""
        groups = {change.group_id: change.had for change in changes}
        others = [pair for pair in self.pairs if pair[1] not in groups]
        return _mark([*others, *((role, group_id) for group_id, had in groups.items() for role in had)]) == mark


def _mark(pairs: Iterable[tuple[str, str]]) -> str:
    listed = "\n".join(f"{role_id} {group_id}" for role_id, group_id in sorted(set(pairs)))
    return hashlib.sha256(listed.encode()).hexdigest()[:16]
