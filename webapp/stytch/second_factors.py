"""Second factors: SMS codes, TOTP and recovery codes (`stytch-api.md §4.7`)."""

from typing import Any

from webapp.stytch import models
from webapp.stytch.calls import Calls, Proven, lasting


class SecondFactors(Calls):
    """The calls of MFA, each for the member that an intermediate or a member session has proven so far.

    What authenticates says for how many minutes from now the session lasts (None: as long as it does), and may
    `enroll` the member in MFA.
    """

    def send_sms_code(
        self, organization_id: str, member_id: str, proven: Proven, *, phone_number: str = ""
    ) -> models.SentAnswer:
        """Texts a code of two minutes; an earlier one is void. `phone_number` (E.164) only if the member has none."""
        body = _member(organization_id, member_id, proven)
        if phone_number:
            body["mfa_phone_number"] = phone_number
        return self.change("POST", "/v1/b2b/otps/sms/send", models.SentAnswer, json=body)

    def authenticate_sms_code(
        self,
        organization_id: str,
        member_id: str,
        code: str,
        proven: Proven,
        *,
        minutes: int | None,
        enroll: bool = False,
    ) -> models.SessionAnswer:
        """Redeems a texted code, once."""
        return self._second("otps/sms/authenticate", organization_id, member_id, proven, minutes, enroll, code=code)

    def create_totp(self, organization_id: str, member_id: str, proven: Proven) -> models.TotpAnswer:
        """Makes a secret for an authenticator app, which counts once a code of it was given."""
        return self.change("POST", "/v1/b2b/totp", models.TotpAnswer, json=_member(organization_id, member_id, proven))

    def authenticate_totp(
        self,
        organization_id: str,
        member_id: str,
        code: str,
        proven: Proven,
        *,
        minutes: int | None,
        enroll: bool = False,
    ) -> models.SessionAnswer:
        """Checks a code of an authenticator app; each works once."""
        return self._second("totp/authenticate", organization_id, member_id, proven, minutes, enroll, code=code)

    def recover(
        self, organization_id: str, member_id: str, recovery_code: str, proven: Proven, *, minutes: int | None
    ) -> models.SessionAnswer:
        """Uses up one recovery code in an authenticator's place."""
        body = _member(organization_id, member_id, proven)
        body |= {"recovery_code": recovery_code, **lasting(minutes)}
        return self.change("POST", "/v1/b2b/recovery_codes/recover", models.SessionAnswer, json=body)

    def _second(
        self,
        path: str,
        organization_id: str,
        member_id: str,
        proven: Proven,
        minutes: int | None,
        enroll: bool,
        **factor: str,
    ) -> models.SessionAnswer:
        body = _member(organization_id, member_id, proven) | factor | lasting(minutes)
        if enroll:
            body["set_mfa_enrollment"] = "enroll"
        return self.change("POST", f"/v1/b2b/{path}", models.SessionAnswer, json=body)


def _member(organization_id: str, member_id: str, proven: Proven) -> dict[str, Any]:
    return {"organization_id": organization_id, "member_id": member_id, **proven.body()}
