"""Groups and the roles of their people: what the list says, at what cost, and what it says when it can't."""

import io
import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.conftest import Sandbox
from tests.connections.conftest import Enter, htmx, notice, words
from tests.signin.steps import heading
from tests.visits import link
from webapp.connections.roles import directory
from webapp.sandbox.connections import Connection, GroupRoleAssignment

ADA = "ada@acme.example"
WES = "wes@wayne.example"
NOT_IN_POLICY = "This role is not in the project's policy any more"


def groups_of(connection: Connection) -> str:
    return f"/connections/{connection.connection_id}/groups"


def fill(connection: Connection, count: int) -> None:
    """Gives the directory so many groups, `Team 00001` and on, and no assignments."""
    connection.directory.groups.clear()
    connection.group_role_assignments.clear()
    for number in range(1, count + 1):
        connection.directory.add_group(f"Team {number:05}")


def names(page: httpx.Response) -> list[str]:
    """The groups in the table, from above."""
    found = re.findall(r'<span id="(?:groups|gone)-title-[0-9]+" class="wrap">(.*?)</span>', page.text)
    return [unescape(each) for each in found]


def row(page: httpx.Response, group: str) -> str:
    """What the table says of a group."""
    rows = re.findall(r"<tr role=\"row\">(.*?)</tr>", page.text, re.DOTALL)
    texts = [" ".join(unescape(re.sub(r"<[^>]*>", " ", each)).split()) for each in rows]
    [found] = [each for each in texts if each.startswith(group)]
    return found


def title(page: httpx.Response) -> str:
    found = re.search(r'<h2 id="groups-title"[^>]*>(.*?)</h2>', page.text)
    assert found
    return unescape(found[1])


def group_calls(sandbox: Sandbox) -> int:
    return len([each for each in sandbox.calls() if each.startswith("GET scim-connection-")])


def test_all_groups_with_all_their_roles(enter: Enter) -> None:
    visitor, page = enter(ADA, "Acme")
    page = visitor.click(page, "Groups and roles")
    assert (page.status_code, heading(page), title(page)) == (200, "Groups and roles", "6 groups")
    assert names(page) == ["Engineering", "Finance", "Helpdesk", "IT operations", "People", "Security"]
    assert "No role" in row(page, "Engineering")
    both = row(page, "IT operations")
    assert "scim_operator May look at the SCIM connection and rotate its token." in both
    assert "scim_viewer May look at the SCIM connection." in both
    assert "With roles (3)" in words(page)
    assert "Not in the directory any more" not in words(page)


def test_the_card_says_how_many(enter: Enter, sandbox: Sandbox) -> None:
    _, page = enter(ADA, "Acme")
    assert "Groups and roles 4 assignments" in words(page)
    sandbox.connection().group_role_assignments.clear()
    _, page = enter(ADA, "Acme")
    assert "Groups and roles none assigned" in words(page)


@pytest.mark.parametrize("count", [10, 10_000])
def test_the_first_page_costs_one_call_for_groups(enter: Enter, sandbox: Sandbox, count: int) -> None:
    fill(sandbox.connection(), count)
    visitor, _ = enter(ADA, "Acme")
    sandbox.world.requests.clear()
    page = visitor.get(groups_of(sandbox.connection()))
    assert sorted(sandbox.calls()) == ["GET connection", f"GET {sandbox.connection().connection_id}"]
    assert len(names(page)) == min(count, directory.PAGE)
    assert page.text.count("Team ") < 1000


def test_both_reads_are_noted(enter: Enter, sandbox: Sandbox, logs: io.StringIO) -> None:
    """The groups are read beside the connection, and are in the request's log line all the same."""
    visitor, _ = enter(ADA, "Acme")
    visitor.get(groups_of(sandbox.connection()))
    line = [each for each in logs.getvalue().splitlines() if '"connections.groups"' in each][-1]
    assert '"stytch_calls": 2' in line


def test_there_and_back_through_the_pages(enter: Enter, sandbox: Sandbox) -> None:
    fill(sandbox.connection(), 180)
    visitor, _ = enter(ADA, "Acme")
    first = visitor.get(groups_of(sandbox.connection()))
    assert title(first) == "50 groups, and there are more"
    second = visitor.click(first, "Next")
    assert (title(second), names(second)[0]) == ("Page 2: 50 groups, and there are more", "Team 00051")
    last = visitor.click(visitor.click(second, "Next"), "Next")
    assert (title(last), names(last)[-1], len(names(last))) == ("Page 4: 30 groups", "Team 00180", 30)
    assert ">Next<" not in last.text
    third = visitor.click(last, "Back")
    assert names(third)[0] == "Team 00101"
    assert names(visitor.click(third, "Back")) == names(second)
    assert names(visitor.click(third, "First page")) == names(first)
    assert ">Back<" not in second.text
    assert names(visitor.click(second, "First page")) == names(first)


def test_the_way_back_does_not_grow_without_end(enter: Enter, sandbox: Sandbox) -> None:
    fill(sandbox.connection(), 1000)
    visitor, _ = enter(ADA, "Acme")
    page = visitor.get(groups_of(sandbox.connection()))
    for _ in range(19):
        page = visitor.click(page, "Next")
    assert names(page)[-1] == "Team 01000"
    assert len(str(page.url)) < 2000
    for number in range(10):
        page = visitor.click(page, "Back")
        assert names(page)[0] == f"Team {901 - 50 * number:05}"
    assert ">Back<" not in page.text
    assert names(visitor.click(page, "First page"))[0] == "Team 00001"


def test_by_htmx_the_list_alone_is_sent(enter: Enter, sandbox: Sandbox) -> None:
    fill(sandbox.connection(), 60)
    visitor, page = enter(ADA, "Acme")
    page = visitor.get(groups_of(sandbox.connection()))
    answer = visitor.get(link(page, "Next"), headers=htmx(page))
    assert answer.text.strip().startswith('<article id="groups"')
    assert parse_qs(urlsplit(answer.headers["HX-Push-Url"]).query)["page"] == ["2"]
    assert re.search(r'<h2 id="groups-title"[^>]* autofocus', answer.text)
    assert '<hx-partial id="status">Page 2: 10 groups</hx-partial>' in answer.text


def test_a_search_finds_parts_of_names_in_any_case(enter: Enter, sandbox: Sandbox) -> None:
    visitor, _ = enter(ADA, "Acme")
    page = visitor.get(groups_of(sandbox.connection()), params={"q": " IN "})
    assert names(page) == ["Engineering", "Finance"]
    assert title(page) == "2 groups with “IN” in their names"
    page = visitor.get(groups_of(sandbox.connection()), params={"q": "nobody's"})
    assert title(page) == "No groups with “nobody's” in their names"
    assert "No group that was looked at has “nobody's” in its name." in words(page)


def test_a_search_walks_through_all_parts(enter: Enter, sandbox: Sandbox) -> None:
    fill(sandbox.connection(), 10_000)
    visitor, _ = enter(ADA, "Acme")
    sandbox.world.requests.clear()
    page = visitor.get(groups_of(sandbox.connection()), params={"q": "m 099"})
    assert group_calls(sandbox) == 10
    assert title(page) == "50 groups with “m 099” in their names, and there are more"
    assert names(page)[0] == "Team 09900"
    assert "Not all groups were looked through" not in words(page)
    page = visitor.click(page, "Next")
    assert (names(page)[0], names(page)[-1]) == ("Team 09950", "Team 09999")
    assert title(page) == "Page 2: 50 groups with “m 099” in their names"


def test_a_walk_that_takes_too_long_says_how_far_it_came(
    enter: Enter, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "WALK_PARTS", 2)
    visitor, _ = enter(WES)
    page = visitor.get(groups_of(sandbox.connection("wayne")), params={"q": "2500"})
    assert title(page) == "No groups with “2500” in their names"
    assert notice(page).startswith("Not all groups were looked through 2,000 groups were looked through")
    page = visitor.click(page, "Look further")
    assert names(page) == ["Group 2500"]
    assert notice(page) == ""


def test_a_walk_has_a_deadline(enter: Enter, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "WALK_SECONDS", 0)
    visitor, _ = enter(WES)
    page = visitor.get(groups_of(sandbox.connection("wayne")), params={"q": "2500"})
    assert "1,000 groups were looked through" in notice(page)


def test_a_walk_that_fails_midway_shows_what_it_found(enter: Enter, sandbox: Sandbox) -> None:
    visitor, _ = enter(WES)
    once = {"method": "GET", "path": "/connection/[^/]+$"}
    sandbox.fail("latency", once["path"], "GET", seconds=0)
    sandbox.fail("status", once["path"], "GET", status=500, times=2)
    page = visitor.get(groups_of(sandbox.connection("wayne")), params={"q": "007"})
    assert page.status_code == 200
    assert "Group 0007" in names(page)
    assert "1,000 groups were looked through; then Stytch did not answer." in notice(page)
    assert "request-id-test-" in notice(page)
    assert "Group 2007" in names(visitor.click(page, "Look further"))


@pytest.mark.parametrize("kind", ["drop_before_commit", "malformed_json", "wrong_shape"])
def test_groups_that_can_t_be_read_are_not_said_to_have_no_roles(enter: Enter, sandbox: Sandbox, kind: str) -> None:
    visitor, _ = enter(ADA, "Acme")
    sandbox.fail(kind, "/connection/[^/]+$", "GET", times=2)  # type: ignore[arg-type]
    page = visitor.get(groups_of(sandbox.connection()))
    assert page.status_code == 502
    assert notice(page).startswith("The groups could not be read")
    assert "which hold no role, is not known." in notice(page)
    assert "No role" not in words(page).replace("which hold no role", "")
    assert names(page) == ["Helpdesk", "IT operations", "Security"], "what the connection itself says"
    assert ("request-id-test-" in notice(page)) == (kind == "wrong_shape")
    assert names(visitor.click(page, "Try again"))[0] == "Engineering"


def test_a_session_that_has_ended_leads_to_sign_in(enter: Enter, sandbox: Sandbox) -> None:
    visitor, _ = enter(ADA, "Acme")
    sandbox.fail("status", "/connection/[^/]+$", "GET", status=404, error_type="session_not_found")
    page = visitor.get(groups_of(sandbox.connection()))
    assert page.url.path.startswith("/login")


def test_a_place_that_is_not_known_any_more(enter: Enter, sandbox: Sandbox) -> None:
    visitor, _ = enter(ADA, "Acme")
    page = visitor.get(groups_of(sandbox.connection()), params={"at": "0.LTU=", "page": "2"})
    assert (page.status_code, notice(page).partition(" The directory")[0]) == (
        409,
        "That page of the list is not there any more",
    )
    assert names(visitor.click(page, "Begin anew"))[0] == "Engineering"


def test_only_groups_with_roles(enter: Enter, sandbox: Sandbox) -> None:
    visitor, _ = enter(WES)
    page = visitor.get(groups_of(sandbox.connection("wayne")))
    sandbox.world.requests.clear()
    page = visitor.click(page, "With roles (4)")
    assert sandbox.calls() == ["GET connection"], "the connection says it all"
    gone = sandbox.connection("wayne").group_role_assignments[-1].group_id
    assert names(page) == ["Group 0001", "Group 0002", "Group 2000", gone]
    assert f"billing_reader {NOT_IN_POLICY}" in row(page, "Group 0002")
    assert "wayne_auditor Wayne's own: may look at who is in the organization." in row(page, "Group 2000")
    found = visitor.get(groups_of(sandbox.connection("wayne")), params={"with-roles": "yes", "q": "0002"})
    assert names(found) == ["Group 0002"]


def test_groups_that_are_gone_are_found_and_kept(enter: Enter, sandbox: Sandbox) -> None:
    visitor, _ = enter(WES)
    page = visitor.get(groups_of(sandbox.connection("wayne")), params={"with-roles": "yes"})
    sandbox.world.requests.clear()
    page = visitor.click(page, "Check whether these groups are still in the directory")
    assert group_calls(sandbox) == 3
    before, _, behind = words(page).partition("Not in the directory any more")
    gone = sandbox.connection("wayne").group_role_assignments[-1].group_id
    assert gone in behind
    assert gone not in before
    assert title(page) == "3 groups with roles"


def test_a_check_that_can_t_be_made_accuses_no_group(enter: Enter, sandbox: Sandbox) -> None:
    visitor, _ = enter(WES)
    sandbox.fail("latency", "/connection/[^/]+$", "GET", seconds=0)
    sandbox.fail("drop_before_commit", "/connection/[^/]+$", "GET", times=2)
    page = visitor.get(groups_of(sandbox.connection("wayne")), params={"with-roles": "yes", "check": "yes"})
    assert "So it can't be told which of these groups are gone." in notice(page)
    assert "Not in the directory any more" not in words(page)
    assert len(names(page)) == 4


def test_a_group_that_is_gone_stands_apart_where_all_are_shown(enter: Enter, sandbox: Sandbox) -> None:
    acme = sandbox.connection()
    gone = acme.group_role_assignments[-1].group_id
    del acme.directory.groups[gone]
    visitor, _ = enter(ADA, "Acme")
    page = visitor.get(groups_of(acme))
    _, _, behind = words(page).partition("Not in the directory any more")
    assert gone in behind
    assert "They are kept until you remove them." in behind


def test_many_groups_with_roles_are_paged_too(enter: Enter, sandbox: Sandbox) -> None:
    acme = sandbox.connection()
    fill(acme, 1200)
    acme.group_role_assignments = [GroupRoleAssignment("scim_viewer", each) for each in acme.directory.groups]
    visitor, _ = enter(ADA, "Acme")
    page = visitor.get(groups_of(acme), params={"with-roles": "yes"})
    for _ in range(23):
        page = visitor.click(page, "Next")
    assert names(page)[-1] == "Team 01200"
    assert ">Next<" not in page.text


def test_a_directory_without_groups(enter: Enter, sandbox: Sandbox) -> None:
    fill(sandbox.connection(), 0)
    visitor, _ = enter(ADA, "Acme")
    page = visitor.get(groups_of(sandbox.connection()))
    assert title(page) == "No groups"
    assert "Okta has not sent any group yet." in words(page)
    page = visitor.click(page, "With roles (0)")
    assert "No group holds a role" in words(page)


def test_who_may_look_and_not_assign_sees_no_way_to(enter: Enter, sandbox: Sandbox) -> None:
    for email in ("vic@acme.example", "olga@acme.example"):
        visitor, _ = enter(email)
        page = visitor.get(groups_of(sandbox.connection()))
        assert "scim_operator" in row(page, "IT operations")
        for word in ("Change", "Review", "Save"):
            assert f">{word}" not in page.text
        assert "update.settings.implicit-roles" in words(page)


def test_who_may_not_look_is_told_why(enter: Enter, sandbox: Sandbox) -> None:
    visitor, _ = enter("noel@acme.example")
    page = visitor.get(groups_of(sandbox.connection()))
    assert (page.status_code, heading(page)) == (403, "You can't see SCIM connections")


def test_another_organizations_connection(enter: Enter, sandbox: Sandbox) -> None:
    visitor, _ = enter(ADA, "Acme")
    assert visitor.get(groups_of(sandbox.connection("wayne"))).status_code == 404


def test_a_name_is_stytch_s_own_and_no_address_s(enter: Enter, sandbox: Sandbox) -> None:
    """A link that somebody sends can't have a group called by another's name."""
    acme = sandbox.connection()
    engineering = next(iter(acme.directory.groups))
    visitor, _ = enter(ADA, "Acme")
    page = visitor.get(f"{groups_of(acme)}/{engineering}", params={"name": "Interns", "group_name": "Interns"})
    assert heading(page) == "Roles of Engineering"
    assert "Interns" not in words(page)


def test_a_group_far_back_is_found_where_it_was_seen(enter: Enter, sandbox: Sandbox) -> None:
    fill(sandbox.connection(), 5000)
    visitor, _ = enter(ADA, "Acme")
    page = visitor.get(groups_of(sandbox.connection()), params={"q": "04321"})
    path = _change(page)
    sandbox.world.requests.clear()
    assert heading(visitor.get(path)) == "Roles of Team 04321"
    assert group_calls(sandbox) == 5
    page = visitor.get(groups_of(sandbox.connection()))
    page = visitor.click(visitor.click(page, "Next"), "Next")
    path = _change(page)
    sandbox.world.requests.clear()
    assert heading(visitor.get(path)) == "Roles of Team 00101"
    assert group_calls(sandbox) == 1


def _change(page: httpx.Response) -> str:
    """The first link that leads to a group's roles."""
    found = re.search(r'<td role="cell" class="groups__change"><a href="([^"]+)"', page.text)
    assert found
    return unescape(found[1])


def test_a_group_that_nobody_knows(enter: Enter, sandbox: Sandbox) -> None:
    visitor, _ = enter(ADA, "Acme")
    page = visitor.get(f"{groups_of(sandbox.connection())}/scim-group-test-x")
    assert (page.status_code, heading(page)) == (404, "There is no such group")
    assert "6 groups of the directory were looked through" in words(page)
