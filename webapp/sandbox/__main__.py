"""`python -m webapp.sandbox`: serve the sandbox until Ctrl-C."""

import argparse
import sys

from webapp.sandbox import create_sandbox
from webapp.sandbox.server import Server
from webapp.sandbox.world import World


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m webapp.sandbox", description="Play Stytch B2B.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--public-url", help="the origin that others reach it by, if not that of host and port")
    parser.add_argument(
        "--console-url", default="http://127.0.0.1:8000", help="where the dashboard's sign-in links lead"
    )
    parser.add_argument("--console-below-path", help="the Unix socket of a console that the portal's proxy shows")
    parser.add_argument("--webhook-url", default="", help="where webhooks are delivered; without it there are none")
    parser.add_argument(
        "--variant",
        action="append",
        default=[],
        metavar="NAME=CHOICE",
        help="what to play where Stytch's documentation is silent; once for each",
    )
    arguments = parser.parse_args()
    try:
        world = World(chosen_variants=dict(each.partition("=")[::2] for each in arguments.variant))
    except ValueError as error:
        parser.error(str(error))
    world.webhooks.url = arguments.webhook_url
    app = create_sandbox(world)
    app.config["CONSOLE_URL"] = arguments.console_url.rstrip("/")
    app.config["CONSOLE_BELOW_PATH"] = arguments.console_below_path
    server = Server(app, arguments.host, arguments.port)
    world.public_url = (arguments.public_url or server.url).rstrip("/")
    sys.stdout.write(f"Sandbox: {world.public_url}/_sandbox/\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
