"""What the kit itself does to the sandbox's world: before a story, or at the press of a button in the midst of it."""

from dataclasses import dataclass
from datetime import timedelta

from webapp.sandbox import rehearsals, rotation
from webapp.sandbox.acceptance.vocabulary import Action
from webapp.sandbox.authentication import session_lifetime, start_session
from webapp.sandbox.connections import GroupRoleAssignment
from webapp.sandbox.sessions import email_factor
from webapp.sandbox.world import World


@dataclass(frozen=True)
class Deed(Action):
    """Something that happens outside of the tester's browser."""

    @property
    def button(self) -> str:
        """What the kit's button says."""
        raise NotImplementedError

    @property
    def fact(self) -> str:
        """The sentence that says what is so afterwards."""
        raise NotImplementedError

    @property
    def words(self) -> str:
        return f"Here in the kit, press “{self.button}”. {self.fact}"

    def do(self, world: World, slug: str) -> None:
        """Does it to the organization of that slug. Hold the world's lock."""
        raise NotImplementedError


@dataclass(frozen=True)
class Rehearse(Deed):
    """A fault of the dashboard's, met by the next `times` such calls."""

    title: str
    times: int = 1

    @property
    def button(self) -> str:
        return f"Rehearse {self.title}"

    @property
    def fact(self) -> str:
        call, rehearsal = rehearsals.find(self.title)
        which = "The next" if self.times == 1 else f"The next {self.times}"
        return f"{which} “{call}” at Stytch: {rehearsal.name} ({rehearsal.meaning[0].lower()}{rehearsal.meaning[1:]})."

    def do(self, world: World, slug: str) -> None:  # noqa: ARG002
        call, rehearsal = rehearsals.find(self.title)
        world.faults.append(rehearsal.on(call, self.times))


@dataclass(frozen=True)
class Elsewhere(Deed):
    """Somebody acts in Stytch's own dashboard, of which the console is not told: one of rotation.ACTIONS."""

    action: str

    @property
    def button(self) -> str:
        return f"{self.action.capitalize()} it as somebody else"

    @property
    def fact(self) -> str:
        done = {
            "start": "has started a rotation",
            "complete": "has completed the rotation",
            "cancel": "has cancelled the rotation",
            "delete": "has deleted the connection",
        }
        return f"Somebody {done[self.action]} in Stytch's own dashboard."

    def do(self, world: World, slug: str) -> None:
        connection = world.connection_of(world.find_organization(slug).organization_id)
        if connection is not None:
            rotation.ACTIONS[self.action](world, connection)


@dataclass(frozen=True)
class CreateElsewhere(Deed):
    """Somebody makes a connection in Stytch's own dashboard."""

    name: str

    @property
    def button(self) -> str:
        return f"Create “{self.name}” as somebody else"

    @property
    def fact(self) -> str:
        return f"Somebody has created the connection “{self.name}” in Stytch's own dashboard."

    def do(self, world: World, slug: str) -> None:
        rotation.create(world, world.find_organization(slug).organization_id, self.name, "generic")


@dataclass(frozen=True)
class TokenEnds(Deed):
    """How many days from now the current token ends."""

    days: int

    @property
    def button(self) -> str:
        return f"Have the token end in {self.days} days"

    @property
    def fact(self) -> str:
        return f"The token ends in {self.days} days."

    def do(self, world: World, slug: str) -> None:
        connection = world.connection_of(world.find_organization(slug).organization_id)
        if connection is not None:
            connection.bearer_token_expires_at = world.clock.now() + timedelta(days=self.days)


@dataclass(frozen=True)
class GiveRoleElsewhere(Deed):
    """Somebody gives a group a role in Stytch's own dashboard."""

    group: str
    role: str

    @property
    def button(self) -> str:
        return f"Give {self.group} the role {self.role} as somebody else"

    @property
    def fact(self) -> str:
        return f"Somebody has given {self.group} the role {self.role} in Stytch's own dashboard."

    def do(self, world: World, slug: str) -> None:
        connection = world.connection_of(world.find_organization(slug).organization_id)
        if connection is not None:
            [group] = [each for each in connection.directory.groups.values() if each.display_name == self.group]
            connection.group_role_assignments.append(GroupRoleAssignment(self.role, group.id))


@dataclass(frozen=True)
class EndSessions(Deed):
    """Everybody is signed out at Stytch."""

    @property
    def button(self) -> str:
        return "End everybody's session"

    @property
    def fact(self) -> str:
        return "Stytch knows none of the sessions any more."

    def do(self, world: World, slug: str) -> None:  # noqa: ARG002
        world.sessions.clear()


@dataclass(frozen=True)
class Arrive(Deed):
    """What was held back on its way reaches Stytch."""

    @property
    def button(self) -> str:
        return "Let it arrive"

    @property
    def fact(self) -> str:
        return "The request that was late has reached Stytch."

    def do(self, world: World, slug: str) -> None:  # noqa: ARG002
        world.deliver_late_commits()


@dataclass(frozen=True)
class Play(Deed):
    """What Stytch leaves undocumented: one of `variants.CHOICES`."""

    variant: str
    choice: str

    @property
    def button(self) -> str:
        return f"Play {self.variant}: {self.choice}"

    @property
    def fact(self) -> str:
        return f"Of what Stytch leaves undocumented, {self.variant} is “{self.choice}”."

    def do(self, world: World, slug: str) -> None:  # noqa: ARG002
        world.variants[self.variant] = self.choice


@dataclass(frozen=True)
class SignInElsewhere(Deed):
    """Somebody signs in in another browser."""

    email: str

    @property
    def button(self) -> str:
        return f"Sign {self.email} in elsewhere"

    @property
    def fact(self) -> str:
        return f"{self.email} is signed in in another browser, too."

    def do(self, world: World, slug: str) -> None:
        member = world.find_member(world.find_organization(slug).organization_id, email=self.email)
        factors = (email_factor("magic_link", member.email_address, world.clock.now()),)
        start_session(world, member, factors, session_lifetime(None))
