"""Times as a browser shows them in each of the console's languages, and a length of time as it counts."""

import pytest
from playwright.sync_api import Browser

from tests.conftest import Console

SHOWN = """since => {
  const add = (name, value, at) => {
    const time = document.body.appendChild(document.createElement("time"));
    time.dateTime = at;
    time.setAttribute(name, value);
  };
  for (const style of ["date", "second", "day"]) add("data-local", style, "2027-12-29T09:05:03Z");
  const then = new Date(Date.now() - since * 1000).toISOString();
  add("data-since", then, then);
  localTimes();
  sinceThen();
  return [...document.body.querySelectorAll(":scope > time")].map((time) => time.textContent);
}"""


@pytest.mark.parametrize(
    ("asked", "language", "date", "second", "day", "length"),
    [
        ("en-US", "en", "29 Dec 2027, 10:05 CET", "29 Dec 2027, 10:05:03 CET", "29 Dec 2027", "1,500 days 3 hours"),
        ("es-419", "es", "29 dic 2027, 10:05 CET", "29 dic 2027, 10:05:03 CET", "29 dic 2027", "1500 días 3 horas"),
        (
            "de-AT",
            "de",
            "29. Dez. 2027, 10:05 MEZ",
            "29. Dez. 2027, 10:05:03 MEZ",
            "29. Dez. 2027",
            "1.500 Tage 3 Stunden",
        ),
        (
            "ja-JP",
            "ja",
            "2027年12月29日 10:05 GMT+1",
            "2027年12月29日 10:05:03 GMT+1",
            "2027年12月29日",
            "1,500 日 3 時間",
        ),
    ],
)
def test_times_are_the_reader_s(
    browser: Browser, console: Console, asked: str, language: str, date: str, second: str, day: str, length: str
) -> None:
    context = browser.new_context(base_url=console.url, locale=asked, timezone_id="Europe/Berlin")
    page = context.new_page()
    page.goto("/login")
    assert page.locator("html").get_attribute("lang") == language
    shown = page.evaluate(SHOWN, 1500 * 86_400 + 3 * 3600 + 59)
    context.close()
    assert shown == [date, second, day, length]
