"""How far a walk over all organizations has come, and what it has found: kept in a file, it can go on from there."""

import os
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

OLDEST = timedelta(days=1)
"""What was found longer ago may have changed: the walk begins anew then."""


class Ending(BaseModel):
    """A connection whose current token ends within the time asked for, or has ended."""

    model_config = ConfigDict(frozen=True)

    organization_id: str
    organization_slug: str
    organization_name: str
    connection_id: str
    display_name: str
    bearer_token_last_four: str
    bearer_token_expires_at: AwareDatetime


class Place(BaseModel):
    """A walk so far. `cursor` leads to the next organizations, and `done` says that there are none.

    `without_end` counts tokens whose end Stytch does not name. Holds no secret.
    """

    model_config = ConfigDict(extra="forbid")

    project_id: str
    within_days: int
    began_at: AwareDatetime
    cursor: str = ""
    done: bool = False
    looked_at: int = 0
    without_end: int = 0
    found: dict[str, Ending] = {}
    """By connection id."""
    refused: dict[str, str] = {}
    """Why Stytch did not let it look at an organization, by the organization's id."""


class NotThisWalk(Exception):
    """The file is none of this project's, of another time, or cannot be used. Its text says what to do."""


def load(file: Path, anew: Place) -> Place:
    """The walk that the file has; `anew` where there is none, or one of longer than a day ago. Raises `NotThisWalk`."""
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return anew
    except OSError as error:
        raise NotThisWalk(f"{file} can't be read: {error.strerror}.") from None
    try:
        place = Place.model_validate_json(content)
    except ValidationError:
        raise NotThisWalk(f"{file} is not what this command has written. Give another file.") from None
    if place.project_id != anew.project_id:
        raise NotThisWalk(f"{file} is of the project {place.project_id}, not of {anew.project_id}. Give another file.")
    if place.within_days != anew.within_days:
        raise NotThisWalk(
            f"{file} is of --within {place.within_days}d: go on with that, or remove the file to begin anew."
        )
    return place if anew.began_at - place.began_at <= OLDEST else anew


def save(file: Path, place: Place) -> None:
    """Puts the walk into the file, as a whole or not at all, for its owner alone. Raises `NotThisWalk`."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        try:
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as writing:
                writing.write(place.model_dump_json())
                writing.flush()
                os.fsync(writing.fileno())
            beside.replace(file)
        except BaseException:
            with suppress(OSError):
                beside.unlink()
            raise
    except OSError as error:
        raise NotThisWalk(f"{file} can't be written: {error.strerror}.") from None
