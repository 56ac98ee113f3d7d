"""The ways in, and the ways on from a proof that is not enough."""

from webapp.sandbox.acceptance.story import Place, Story, step
from webapp.sandbox.acceptance.vocabulary import Fill, Heading, Offered, OpenMail, Press, Text, Value

STORIES = (
    Story(
        "link",
        "Sign in by a link in a mail",
        ("sign-in-ways",),
        (
            step(
                Fill("Work email", "olga@acme.example"),
                Press("Email me a sign-in link"),
                Heading("Check your inbox"),
                Text("It works once"),
            ),
            step(OpenMail(), Heading("SCIM connections"), Text("olga@acme.example")),
            step(Press("Sign out"), Heading("Sign in")),
        ),
        who="olga@acme.example",
        signed_in=False,
        path="/login",
    ),
    Story(
        "code",
        "Sign in by a code, and choose an organization",
        ("sign-in-ways", "choose-organization"),
        (
            step(Fill("Work email", "ada@acme.example"), Press("Email me a code"), Heading("Enter the code")),
            step(Fill("Code", "12"), Press("Sign in"), Text("Error:")),
            step(
                Fill("Code", Value.MAILED_CODE),
                Press("Sign in"),
                Heading("Choose an organization"),
                Text("Globex"),
                Text("Initech"),
            ),
            step(Press("Initech"), Heading("SCIM connections"), Heading("Initech Entra")),
            step(Press("Initech …", at_the_top=True), Heading("Change organization"), Text("You are here")),
            step(Press("Globex"), Heading("Globex has no SCIM connection yet")),
        ),
        signed_in=False,
        path="/login",
    ),
    Story(
        "password",
        "Sign in with a password",
        ("sign-in-ways",),
        (
            step(Fill("Work email", "wes@wayne.example"), Press("Use my password"), Offered("Sign in")),
            step(Fill("Password", "a wrong one"), Press("Sign in"), Text("don't go together")),
            step(
                Fill("Password", "correct horse battery staple 9"),
                Press("Sign in"),
                Heading("Wayne directory"),
                Text("wes@wayne.example"),
            ),
        ),
        who="wes@wayne.example",
        at="wayne",
        signed_in=False,
        path="/login",
    ),
    Story(
        "oauth",
        "Sign in with Google, and change one's mind first",
        ("sign-in-ways",),
        (
            step(Press("Continue with Google"), Heading("Google (pretend)")),
            step(Press("Deny"), Heading("The sign-in was not approved"), Text("nobody was signed in")),
            step(Press("Choose another way"), Press("Continue with Microsoft"), Heading("Microsoft (pretend)")),
            step(Press("olga@acme.example"), Heading("SCIM connections"), Text("olga@acme.example")),
        ),
        who="olga@acme.example",
        signed_in=False,
        path="/login/acme",
    ),
    Story(
        "sso",
        "Sign in by the organization's own identity provider",
        ("sign-in-ways", "own-door"),
        (
            step(Press("Continue with Hooli Okta"), Heading("Hooli Okta (pretend)")),
            step(Press("hal@hooli.example"), Heading("Hooli Rippling"), Text("Ended 2 days ago")),
        ),
        who="hal@hooli.example",
        at="hooli",
        signed_in=False,
        path="/login/hooli",
    ),
    Story(
        "second-factor",
        "Give a second factor",
        ("second-factor",),
        (
            step(Fill("Work email", "uma@umbrella.example"), Press("Email me a code"), Heading("Enter the code")),
            step(Fill("Code", Value.MAILED_CODE), Press("Sign in"), Heading("One more proof")),
            step(
                Fill("Code", Value.APP_CODE),
                Press("Sign in"),
                Heading("Umbrella JumpCloud"),
                Text("uma@umbrella.example"),
            ),
        ),
        who="uma@umbrella.example",
        at="umbrella",
        signed_in=False,
        path="/login/umbrella",
    ),
    Story(
        "texted-code",
        "Give a code that was texted",
        ("second-factor",),
        (
            step(Fill("Work email", "una@umbrella.example"), Press("Email me a code"), Heading("Enter the code")),
            step(
                Fill("Code", Value.MAILED_CODE),
                Press("Sign in"),
                Heading("One more proof"),
                Text("the number that ends in 0123"),
            ),
            step(Fill("Code", Value.TEXTED_CODE), Press("Sign in"), Text("una@umbrella.example")),
        ),
        who="una@umbrella.example",
        at="umbrella",
        signed_in=False,
        path="/login/umbrella",
    ),
    Story(
        "set-up-factor",
        "Set up a second factor",
        ("second-factor",),
        (
            step(Fill("Work email", "ugo@umbrella.example"), Press("Email me a code"), Heading("Enter the code")),
            step(Fill("Code", Value.MAILED_CODE), Press("Sign in"), Heading("Set up a second factor")),
            step(Press("Set up an authenticator app"), Heading("Set up an authenticator app")),
            step(
                Fill("Enter the code that the app shows now", Value.APP_CODE),
                Press("Check it and sign in"),
                Heading("Keep your recovery codes"),
            ),
            step(Press("I kept them, go on"), Heading("Umbrella JumpCloud")),
        ),
        who="ugo@umbrella.example",
        at="umbrella",
        signed_in=False,
        path="/login/umbrella",
    ),
    Story(
        "invited",
        "Accept an invitation",
        ("choose-organization",),
        (
            step(
                Fill("Work email", "ivy@globex.example"), Press("Email me a sign-in link"), Heading("Check your inbox")
            ),
            step(OpenMail(), Heading("You are invited"), Text("Accept and enter"), Heading("You may join")),
            step(Press("Acme …"), Heading("Acme Okta"), Text("ivy@globex.example")),
        ),
        who="ivy@globex.example",
        signed_in=False,
        path="/login",
    ),
    Story(
        "through-the-portal",
        "Sign in through the portal, and prove it is you for what is hard to undo",
        ("portal-sign-in", "fresh-proof"),
        (
            step(Press("Sign in through the pretend portal"), Press("ada@acme.example of Acme"), Heading("Allow it?")),
            step(Press("Allow"), Heading("Acme Okta"), Text("ada@acme.example")),
            step(Press("Start rotation"), Heading("Confirm it is you")),
            step(
                Press("Email me a code"), Fill("Code", Value.MAILED_CODE), Press("Confirm"), Heading("It is you. Go on")
            ),
        ),
        signed_in=False,
        path="/login",
    ),
    Story(
        "portal-session",
        "Go on with the portal's own session",
        ("portal-session",),
        (
            step(Press("olga@acme.example of Acme"), Heading("Signed in to the portal")),
            step(Press("Go to the console"), Heading("Sign in")),
            step(
                Press("Go on with your session at the pretend portal"), Heading("Acme Okta"), Text("olga@acme.example")
            ),
        ),
        who="olga@acme.example",
        signed_in=False,
        place=Place.PORTAL,
    ),
)
