"""Where the files that are no code are: beside the package in the project's own folder, within it in a wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


def folder(name: str) -> Path:
    """`templates` or `static`."""
    within = _PACKAGE / name
    return within if within.is_dir() else _PACKAGE.parent / name
