"""Copies the browser files out of node_modules into static/vendor/, once each one's hash was found right."""

import hashlib
import sys
from pathlib import Path

NODE_MODULES = Path("node_modules")
VENDOR = Path("static/vendor")

# file in node_modules → (file in static/vendor, sha256). A new version of htmx is a new name and a new hash.
FILES = {
    "htmx.org/dist/htmx.min.js": (
        "htmx-4.0.1.min.js",
        "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130",
    ),
    "htmx.org/dist/ext/hx-csp.min.js": (
        "hx-csp-4.0.1.min.js",
        "a7e1e6711ae6c3e50ad300fba7936cbe8d07599cdae313414a179ddd6b26e143",
    ),
}


def require() -> None:
    """Exits with a line unless static/vendor/ holds what FILES says: a wheel must not carry anything else."""
    for name, sha256 in FILES.values():
        file = VENDOR / name
        if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != sha256:
            sys.exit(f"{file} is missing, or not the file we know. `make wheel` installs it.")


def main() -> None:
    """Makes static/vendor/ hold exactly FILES; exits with a line, having copied nothing, when a hash is another."""
    contents = {}
    for source, (name, sha256) in FILES.items():
        content = (NODE_MODULES / source).read_bytes()
        if hashlib.sha256(content).hexdigest() != sha256:
            sys.exit(f"{NODE_MODULES / source} is not the file we know (sha256 differs); nothing was copied.")
        contents[name] = content
    VENDOR.mkdir(parents=True, exist_ok=True)
    for old in VENDOR.iterdir():
        old.unlink()
    for name, content in contents.items():
        (VENDOR / name).write_bytes(content)


if __name__ == "__main__":
    main()
