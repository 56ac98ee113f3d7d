"""Finds a Chromium for the browser tests, or installs one, and prints its path; an empty line is Playwright's own."""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

from tools import apt

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_OPTIONS = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]


def find() -> str | None:
    """The Chromium's path, "" for Playwright's own, None when there is none. The variable CHROMIUM, if set, decides."""
    if chosen := os.environ.get("CHROMIUM"):
        return shutil.which(chosen)
    with sync_playwright() as playwright:
        if Path(playwright.chromium.executable_path).exists():
            return ""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def launch(playwright: Playwright, path: str, *more: str) -> Browser:
    """Starts the Chromium that `find` found, with more options than it always has if need be."""
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=path or None, args=[*_OPTIONS, *as_root, *more])


def install() -> None:
    """Debian's package when we may install it, else Playwright's download. What fails shows in the next `find`."""
    if apt.install("chromium"):
        return
    print("Installing Chromium with Playwright …", file=sys.stderr)
    apt.attempt(sys.executable, "-m", "playwright", "install", "chromium")


def main() -> None:
    """Prints the path; exits with a line when no Chromium can be had."""
    path = find()
    if path is None and "CHROMIUM" in os.environ:
        sys.exit(f"CHROMIUM names no program: {os.environ['CHROMIUM']}")
    if path is None:
        install()
        path = find()
    if path is None:
        sys.exit("The browser tests need a Chromium: install one, or name it in the variable CHROMIUM.")
    print(path)


if __name__ == "__main__":
    main()
