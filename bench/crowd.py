"""(e): two hundred admins at once, while each call to Stytch takes 100 ms more."""

import asyncio
import random
import time
from dataclasses import dataclass, field

import httpx

from bench.measure import Measured, at_most, exactly, p95
from bench.processes import memory_mib
from bench.stage import Admin, Served, Stage, stage
from tests.connections.conftest import htmx
from tests.signin.steps import form

ADMINS = 200
WORKERS = 2
DELAY = 0.1
PAUSE = 5.0
"""Seconds from an answer to the next click, on average: somebody who is quick, not a machine."""


@dataclass
class Waited:
    """Seconds until the answers were there, and what else came."""

    page: list[float] = field(default_factory=list)
    completion: list[float] = field(default_factory=list)
    wrong: int = 0


@dataclass(frozen=True)
class Steps:
    """What an admin's browser sends: the page, and the form of its review."""

    look: bytes
    complete: bytes


def measure() -> list[Measured]:
    """Each admin looks, completes the rotation that is open, and looks again; then all look in the same instant."""
    with stage(*[6] * ADMINS) as sandbox, sandbox.serve(workers=WORKERS) as console:
        steps = [_prepare(sandbox, console, admin) for admin in sandbox.admins]
        sandbox.delay(DELAY)
        waited = asyncio.run(_work(console, steps))
        at_once = asyncio.run(_look_at_once(console, steps))
        memory = max(memory_mib(pid) for pid in console.gunicorn.workers())
    page, completion, last = p95(waited.page), p95(waited.completion), max(at_once.page)
    errors = waited.wrong + at_once.wrong
    return [
        _of_floor("200 admins: a page, p95", page, DELAY),
        _of_floor("200 admins: a completion, p95", completion, 2 * DELAY),
        exactly("200 admins: errors", errors, 0, baseline=f"{len(waited.page) + len(waited.completion)} requests"),
        at_most(
            "200 pages in one instant: the last one",
            last,
            10,
            unit="s",
            baseline=f"{ADMINS / last:.0f} pages a second on two cores, with browsers and Stytch",
        ),
        at_most("Memory of a worker after that", memory, 120, unit="MiB"),
    ]


def _of_floor(what: str, seconds: float, floor: float) -> Measured:
    return at_most(
        what,
        seconds * 1000,
        1500 * floor,
        unit="ms",
        baseline=f"{floor * 1000:.0f} ms: what the calls to Stytch take",
        ratio=f"{seconds / floor:.2f}",
    )


def _prepare(sandbox: Stage, console: Served, admin: Admin) -> Steps:
    """Opens the page of a rotation, and writes down what its buttons send."""
    sandbox.start_rotation(admin)
    with console.client(admin) as browser:
        page = browser.get(admin.path).raise_for_status()
        pressed = form(page, "Complete")
        look = browser.build_request("GET", admin.path)
        data = {**pressed.fields, "confirmed": "yes"}
        complete = browser.build_request("POST", pressed.action, data=data, headers=htmx(page))
        return Steps(_bytes(look), _bytes(complete))


def _bytes(request: httpx.Request) -> bytes:
    head = [f"{request.method} {request.url.raw_path.decode()} HTTP/1.1".encode()]
    head += [name + b": " + value for name, value in request.headers.raw if name.lower() != b"accept-encoding"]
    return b"\r\n".join([*head, b"", request.read()])


async def _work(console: Served, all_steps: list[Steps]) -> Waited:
    waited = Waited()
    chance = random.Random(1)  # noqa: S311 - the same in every run

    async def admin(steps: Steps) -> None:
        for request, seconds in (
            (steps.look, waited.page),
            (steps.complete, waited.completion),
            (steps.look, waited.page),
        ):
            await asyncio.sleep(chance.uniform(0, 2 * PAUSE))
            seconds.append(await _ask(console, request, waited))

    await asyncio.gather(*(admin(steps) for steps in all_steps))
    return waited


async def _look_at_once(console: Served, all_steps: list[Steps]) -> Waited:
    waited = Waited()

    async def look(steps: Steps) -> None:
        waited.page.append(await _ask(console, steps.look, waited))

    await asyncio.gather(*(look(steps) for steps in all_steps))
    return waited


async def _ask(console: Served, request: bytes, waited: Waited) -> float:
    """Seconds from a new connection to the whole answer."""
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", console.gunicorn.port)
    try:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(length)
        waited.wrong += not head.startswith(b"HTTP/1.1 200")
    except (OSError, asyncio.IncompleteReadError):
        waited.wrong += 1
    finally:
        writer.close()
    return time.perf_counter() - began
