"""What testers need by hand: codes, recovery codes and passwords on the dashboard, and the organizations' logos."""

import re
from xml.etree import ElementTree as ET

from tests.sandbox.conftest import Api
from webapp.sandbox.seeds import WES_PASSWORD

UMA = "uma@umbrella.example"


def section(api: Api) -> str:
    """The dashboard's section of that name, as text."""
    page = api.http.get("/_sandbox/").text
    return re.sub(r"<[^>]+>|\s+", " ", page.partition('<section id="authenticator"')[2].partition("</section>")[0])


def test_code_of_the_app_signs_in_once_and_is_marked_as_used(api: Api) -> None:
    api.world.clock.advance(31 - api.world.clock.now().timestamp() % 30)  # a step begins
    answer = api.exchange(UMA, "umbrella")
    shown = api.http.get("/_sandbox/authenticator.json", params={"member": UMA}).json()
    assert re.fullmatch(r"\d{6}", shown["code"])
    assert 1 <= shown["seconds_left"] <= 30
    text = section(api)
    assert shown["code"] in text
    assert "used" not in text
    done = api.post(
        "totp/authenticate",
        organization_id="umbrella",
        member_id=answer["member_id"],
        code=shown["code"],
        intermediate_session_token=answer["intermediate_session_token"],
    )
    assert done.status_code == 200
    assert not {"member_authenticated", "intermediate_session_token"} & done.json().keys()
    assert "used" in section(api)


def test_app_that_is_not_confirmed_is_shown_until_it_is_over(api: Api) -> None:
    answer = api.exchange("ugo@umbrella.example", "umbrella")
    created = api.post("totp", organization_id="umbrella", member_id=answer["member_id"]).json()
    text = section(api)
    assert "ugo@umbrella.example" in text
    assert "not confirmed yet" in text
    assert all(code in text for code in created["recovery_codes"])
    api.world.clock.advance(3600)
    assert "ugo@umbrella.example" not in section(api)


def test_who_has_no_app_has_no_code(api: Api) -> None:
    for member in ("una@umbrella.example", "nobody@umbrella.example", ""):
        assert api.http.get("/_sandbox/authenticator.json", params={"member": member}).status_code == 404


def test_recovery_codes_and_app_are_the_same_after_a_reset(api: Api) -> None:
    uma = api.world.find_member(api.world.find_organization("umbrella").organization_id, email=UMA).member_id
    before = api.get(f"recovery_codes/umbrella/{uma}").json()["recovery_codes"]
    secret = api.world.totps[uma].secret
    assert all(code in section(api) for code in before)
    api.post("recovery_codes/rotate", organization_id="umbrella", member_id=uma)
    api.http.post("/_sandbox/reset")
    assert api.get(f"recovery_codes/umbrella/{uma}").json()["recovery_codes"] == before
    assert api.world.totps[uma].secret == secret


def test_password_is_shown_as_long_as_it_works(api: Api) -> None:
    assert f"wes@wayne.example password {WES_PASSWORD}" in section(api).replace("  ", " ").replace("  ", " ")
    api.post("passwords/email/reset/start", organization_id="wayne", email_address="wes@wayne.example")
    token = next(iter(api.world.magic_links))
    done = api.post("passwords/email/reset", password_reset_token=token, password="seven purple otters juggling 42")
    assert done.status_code == 200
    assert WES_PASSWORD not in section(api)


def test_each_organization_has_a_logo_for_other_origins_to_show(api: Api) -> None:
    for slug in ("acme", "hooli"):
        url = api.get(f"organizations/{slug}").json()["organization"]["organization_logo_url"]
        assert url == f"{api.world.public_url}/_sandbox/logos/{slug}.svg"
        logo = api.http.get(url, auth=None)
        assert logo.headers["Content-Type"].startswith("image/svg+xml")
        assert "Cross-Origin-Resource-Policy" not in logo.headers
        assert ET.fromstring(logo.text).tag.endswith("svg")  # noqa: S314 - our own
    assert api.http.get("/_sandbox/logos/nowhere.svg").status_code == 404


def test_organization_says_how_its_people_may_sign_in(api: Api) -> None:
    hooli = api.get("organizations/hooli").json()["organization"]
    assert (hooli["auth_methods"], hooli["allowed_auth_methods"]) == ("RESTRICTED", ["sso"])
    globex = api.get("organizations/globex").json()["organization"]
    assert (globex["auth_methods"], globex["allowed_auth_methods"]) == ("ALL_ALLOWED", [])
    assert (globex["email_jit_provisioning"], globex["email_allowed_domains"]) == ("RESTRICTED", ["globex.example"])
    umbrella = api.get("organizations/umbrella").json()["organization"]
    assert (umbrella["mfa_policy"], umbrella["mfa_methods"]) == ("REQUIRED_FOR_ALL", "ALL_ALLOWED")
