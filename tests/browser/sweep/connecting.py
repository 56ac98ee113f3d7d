"""Connections as such: none, created, edited, deleted, their guides; groups and roles; names that are long."""

from collections.abc import Iterator

from tests.browser.steps import let_it_settle, press
from tests.browser.sweep.stage import Stage
from webapp.connections.providers import choices
from webapp.sandbox.connections import GroupRoleAssignment

GIL = "gil@globex.example"
CREATE = "^/v1/b2b/scim/[^/]+/connection$"


def created(stage: Stage) -> Iterator[str]:
    view, sandbox = stage.view, stage.sandbox
    stage.arrive(GIL, "globex")
    stage.see("Globex has no SCIM connection yet")
    yield "no connection yet"
    stage.link("Create connection").click()
    stage.see("Create a connection")
    yield "a new connection"
    view.locator("form[action$='/connections']").evaluate("form => { form.noValidate = true }")
    press(view, "Create connection")
    view.get_by_text("Error:").first.wait_for()
    yield "a connection without a name"
    view.get_by_label("Name").fill("Globex Okta")
    view.get_by_label("Okta").check()
    sandbox.fail("drop_before_commit", CREATE)
    press(view, "Create connection")
    stage.see("Not created so far")
    yield "not created so far"
    stage.link("Check again").click()
    stage.see("We do not know yet")
    yield "not known whether it is created"
    let_it_settle(sandbox)
    stage.goto("/connections/new")
    stage.see("The connection was not created")
    yield "not created"
    view.get_by_label("Name").fill("Globex Okta")
    view.get_by_label("Okta").check()
    sandbox.fail("drop_after_commit", CREATE)
    press(view, "Create connection")
    stage.see("It was created, but its token could not be shown")
    yield "created, its token lost"
    stage.goto("/connections/new")
    view.get_by_text("is there already").wait_for()
    yield "there is one already"
    stage.goto("/connections")
    stage.link("Delete").click()
    stage.see("Delete Globex Okta?")
    yield "what a deletion takes away"
    view.get_by_label("To confirm").fill("Globex")
    press(view, "Delete connection")
    view.get_by_text("Error:").wait_for()
    yield "a deletion that is not confirmed"
    view.get_by_label("To confirm").fill("Globex Okta")
    press(view, "Delete connection")
    stage.see("Globex Okta was deleted")
    yield "deleted"
    stage.goto("/connections/new")
    view.get_by_label("Name").fill("Globex Okta")
    view.get_by_label("Okta").check()
    press(view, "Create connection")
    view.get_by_label("Token").wait_for()
    yield "created, with its token"


def edited(stage: Stage) -> Iterator[str]:
    view, acme = stage.view, stage.sandbox.connection()
    stage.arrive()
    stage.link("Edit").click()
    stage.see("Edit connection")
    yield "the form"
    view.get_by_label("Name").fill("")
    press(view, "Save")
    view.get_by_text("Give it a name.").first.wait_for()
    yield "no name"
    acme.display_name = "Theirs"
    view.get_by_label("Name").fill("Mine")
    press(view, "Save")
    stage.see("It has changed since you opened this page")
    yield "somebody else was quicker"
    stage.page.route("**/edit", lambda route: route.fulfill(status=502, body="Bad gateway"))
    press(view, "Save")
    stage.see("The console did not answer")
    yield "no answer"
    stage.page.unroute("**/edit")
    press(view, "Save")
    stage.see("Saved")
    yield "saved"
    stage.goto("/history")
    view.locator(".log__change").first.wait_for()
    yield "in the history"


def guides(stage: Stage) -> Iterator[str]:
    acme = stage.sandbox.connection()
    stage.arrive()
    for provider in choices():
        acme.identity_provider = provider.value
        stage.goto(f"/connections/{acme.connection_id}/guide")
        stage.see("Set-up guide")
        yield provider.value


def groups(stage: Stage) -> Iterator[str]:
    view = stage.view
    stage.arrive("wes@wayne.example", "wayne")
    stage.link("Groups and roles").click()
    stage.see("50 groups, and there are more")
    yield "many groups"
    view.get_by_text("Change several groups at once").click()
    yield "several at once"
    view.get_by_label("Part of a group's name").fill("nothing of the kind")
    press(view, "Search")
    view.get_by_text("No group that was looked at").wait_for()
    yield "none found"
    wayne = stage.sandbox.connection("wayne").connection_id
    stage.goto(f"/connections/{wayne}/groups?with-roles=yes&check=yes")
    stage.see("Not in the directory any more")
    yield "groups that are gone"
    stage.view.get_by_role("link", name="Change the roles of").last.click()
    stage.see("This group is not in the directory any more")
    yield "a group that is gone"


def roles(stage: Stage) -> Iterator[str]:
    view, sandbox, acme = stage.view, stage.sandbox, stage.sandbox.connection()
    stage.arrive(path=f"/connections/{acme.connection_id}/groups")
    stage.link("Change the roles of IT operations").click()
    stage.see("Roles of IT operations")
    yield "a group's roles"
    view.get_by_role("checkbox", name="stytch_admin").check()
    view.get_by_role("checkbox", name="scim_viewer").uncheck()
    press(view, "Review the change")
    stage.see("Save this change?")
    yield "the review"
    sandbox.fail("status", "/connection/", "PUT", status=500)
    press(view, "Save: 1 added, 1 removed")
    stage.see("The roles were not saved")
    yield "not saved"
    press(view, "Save: 1 added, 1 removed")
    stage.see("Roles saved")
    yield "saved"
    stage.link("Change IT operations again").click()
    press(view, "Review the change")
    stage.see("Nothing would change")
    yield "nothing to save"
    stage.goto(f"/connections/{acme.connection_id}/groups")
    stage.link("Change the roles of Engineering").click()
    view.get_by_role("checkbox", name="scim_viewer").check()
    press(view, "Review the change")
    sandbox.fail("drop_before_commit", "/connection/", "PUT")
    press(view, "Save: 1 added")
    stage.see("Not saved so far")
    yield "not saved so far"
    stage.page.route("**/roles/review", lambda route: route.fulfill(status=502, body="Bad gateway"))
    press(view, "Check again")
    stage.see("The console did not answer")
    yield "no answer"
    sandbox.fail("drop_before_commit", "/connection/", "GET", times=2)
    stage.goto(f"/connections/{acme.connection_id}/groups")
    stage.see("The groups could not be read")
    yield "groups that could not be read"


def long_names(stage: Stage) -> Iterator[str]:
    view, world, acme = stage.view, stage.sandbox.world, stage.sandbox.connection()
    acme.display_name = "Provisioning-of-everybody-" * 4
    world.find_organization("acme").organization_name = "Acme-Holding-and-all-its-Companies-" * 3
    member = world.find_member(acme.organization_id, email="ada@acme.example")
    member.email_address = f"{'ada-lovelace-of-the-analytical-engine-' * 3}@acme.example"
    group = acme.directory.add_group("CN=Team-" + "of-very-long-names-" * 12 + ",OU=Groups")
    acme.group_role_assignments.append(GroupRoleAssignment("r" * 120, group.id))
    stage.arrive(member.email_address)
    yield "on the card"
    press(view, "Start rotation")
    stage.see("Rotation started")
    yield "in the steps"
    stage.goto(f"/connections/{acme.connection_id}/groups")
    yield "in the list of groups"
    stage.goto(f"/connections/{acme.connection_id}/groups/{group.id}")
    view.get_by_role("heading", level=1).wait_for()
    yield "of a group and a role"
    stage.goto("/history")
    yield "in the history"
    stage.goto("/organizations")
    yield "of organizations"


WALKS = (created, edited, guides, groups, roles, long_names)
