"""What a provider's answer of 400 and more means: who refuses what, where, why, and what to do about it.

Every provider has a form of its own (XML, five shapes of JSON, an OAuth error); here each becomes one sentence:

    AWS refuses ec2:DescribeInstances in ap-southeast-2: a service control policy denies it.
    Allow it for these credentials, or leave ap-southeast-2 out.

Where a reason is not known, the provider's own message stands in its place. `classify.py` calls this, so a run's
scopes, a job's log and the IDE say the same.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from inventory_runner.wording import cut_at_word

LONGEST_REASON = 200
PROVIDERS = {
    "aws": "AWS",
    "awscc": "AWS",
    "azure": "Azure",
    "cloudflare": "Cloudflare",
    "databricks_account": "Databricks",
    "databricks_workspace": "Databricks",
    "entra_id": "Entra ID",
    "github": "GitHub",
    "google": "Google Cloud",
    "googleworkspace": "Google Workspace",
    "okta": "Okta",
}


class Lack(Enum):
    """What a refused call lacks."""

    PERMISSION = "permission"
    CREDENTIALS = "credentials"
    SERVICE = "service"


@dataclass(frozen=True)
class Call:
    """Which call was refused, as far as its statement says. place: `ap-southeast-2`, `project p-1`; may be empty."""

    who: str = "The provider"
    resource: str = ""
    place: str = ""

    @property
    def where(self) -> str:
        return f" in {self.place}" if self.place else ""


@dataclass(frozen=True)
class Words:
    """A sentence and what to do."""

    message: str
    hint: str
    lack: Lack


# what a code and a message say → what is lacking, and why, with the groups of the pattern
_RULES: tuple[tuple[re.Pattern[str], Lack, str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), lack, reason)
    for pattern, lack, reason in (
        # AWS
        (
            r"with an explicit deny in (?P<policy>an? [\w -]{0,60}?(?:policy|boundary))",
            Lack.PERMISSION,
            "{policy} denies it",
        ),
        (
            r"because no (?P<policy>[\w -]{0,60}?(?:policy|boundary)) allows",
            Lack.PERMISSION,
            "no {policy} allows it",
        ),
        (
            r"^(?:InvalidClientTokenId|UnrecognizedClient|InvalidAccessKeyId)",
            Lack.CREDENTIALS,
            "it does not know the access key",
        ),
        (r"^SignatureDoesNotMatch", Lack.CREDENTIALS, "the secret key is not the access key's"),
        (r"^(?:ExpiredToken|RequestExpired)", Lack.CREDENTIALS, "the session token has expired"),
        (
            r"^AuthFailure",
            Lack.CREDENTIALS,
            "they cannot be checked there, as in a region that the account has not enabled",
        ),
        (r"^OptInRequired", Lack.SERVICE, "the account has not enabled the service or the region"),
        # Google
        (
            r"(?P<api>\w[\w. -]{1,60} API) has not been used in project",
            Lack.SERVICE,
            "the {api} is not enabled in the project",
        ),
        (
            r"SERVICE_DISABLED|accessNotConfigured",
            Lack.SERVICE,
            "the service's API is not enabled in the project",
        ),
        (
            r"BILLING_DISABLED|requires billing to be enabled",
            Lack.SERVICE,
            "billing is not enabled in the project",
        ),
        (
            r"Required '[\w.]+' permission|Permission '[\w.]+' denied",
            Lack.PERMISSION,
            "no role grants the permission",
        ),
        (
            r"^invalid_grant",
            Lack.CREDENTIALS,
            "the key is not valid any more, or the machine's clock is wrong",
        ),
        # Azure and its sign-in
        (
            r"does not have authorization to perform action",
            Lack.PERMISSION,
            "no role assignment allows it",
        ),
        (
            r"not registered to use namespace '(?P<name>[^']{1,80})'",
            Lack.SERVICE,
            "the subscription is not registered for {name}",
        ),
        (
            r"^SubscriptionNotFound",
            Lack.PERMISSION,
            "there is no such subscription, or the credentials cannot see it",
        ),
        (
            r"^(?:Invalid|Expired)AuthenticationToken",
            Lack.CREDENTIALS,
            "the token has expired, or is another tenant's",
        ),
        (r"AADSTS7000222", Lack.CREDENTIALS, "the client secret has expired"),
        (r"AADSTS7000215", Lack.CREDENTIALS, "the client secret is wrong"),
        (r"AADSTS700016", Lack.CREDENTIALS, "the tenant does not know the application"),
        (r"AADSTS90002", Lack.CREDENTIALS, "there is no such tenant"),
        # GitHub
        (r"Bad credentials", Lack.CREDENTIALS, "the token is wrong, has expired or was revoked"),
        (r"Resource not accessible by", Lack.PERMISSION, "the token's permissions do not cover it"),
        (
            r"SAML enforcement",
            Lack.PERMISSION,
            "the token is not authorized for the organization's single sign-on",
        ),
        (r"Must have admin rights", Lack.PERMISSION, "only an administrator may read it"),
        # Cloudflare
        (
            r"^10000\b.*Authentication error",
            Lack.CREDENTIALS,
            "the API token is wrong, or lacks the permission",
        ),
        (r"^9109\b.*Unauthorized", Lack.PERMISSION, "the API token does not cover it"),
        (r"^9109\b", Lack.CREDENTIALS, "the API token is wrong"),
        (r"^6003\b", Lack.CREDENTIALS, "the API token is malformed"),
        # Databricks
        (r"IP ACL|IP access list", Lack.PERMISSION, "an IP access list blocks the app's address"),
        (r"Invalid access token", Lack.CREDENTIALS, "the token is wrong or has expired"),
        (r"not a member of (?:the )?workspace", Lack.PERMISSION, "the principal is not a member of it"),
        # Okta
        (r"^E0000011", Lack.CREDENTIALS, "the API token is wrong or has expired"),
        (r"^E0000006", Lack.PERMISSION, "the API token's administrator may not read it"),
    )
)
# `ec2:DescribeInstances`, `compute.instances.list`, `Microsoft.Compute/virtualMachines/read`
_ACTION = re.compile(
    r"to perform:? (?:action )?'?(?P<action>[\w-]+:\w+|[\w.]+/[\w./]+)"
    r"|(?:Required|Permission) '(?P<permission>[\w.]+)'",
    re.IGNORECASE,
)
_READS = re.compile(r"\bFROM\s+(\w+)\.(\w+\.\w+)", re.IGNORECASE)
# a parameter that names a place → what stands before its value
_PLACES = {
    "region": "",
    "project": "project ",
    "subscription_id": "subscription ",
    "subscriptionid": "subscription ",
    "org": "organization ",
    "account_id": "account ",
    "deployment_name": "workspace ",
}
_PLACE = re.compile(rf"\b({'|'.join(_PLACES)})\s*=\s*'([^']{{1,100}})'", re.IGNORECASE)
_XML = {
    name: re.compile(rf"<{name}>([^<]{{1,2000}})</{name}>", re.IGNORECASE) for name in ("code", "message")
}
_MESSAGE = re.compile(r'"(?:message|error_description)"\s*:\s*"((?:[^"\\]|\\.){1,2000})', re.IGNORECASE)
_ENCODED = re.compile(r"\s*Encoded authorization failure message: \S+", re.IGNORECASE)


def find_call(sql: str) -> Call:
    """Which call a statement makes: its provider's name, its first resource, and the one place that it names."""
    found = _READS.search(sql)
    named = {(_PLACES[name.lower()], value) for name, value in _PLACE.findall(sql)}
    # of several places the one that refused is not known
    place = "".join(named.pop()) if len(named) == 1 else ""
    if found is None:
        return Call(place=place)
    return Call(PROVIDERS.get(found[1].lower(), found[1]), found[2], place)


def explain_refusal(call: Call, answer: str, status: int) -> Words:
    """Why a call was refused and what to do. answer: what came, status line and body; status: 400, 401 or 403."""
    code, message = read_answer(answer)
    said = f"{code}: {message}"
    lack, reason = Lack.CREDENTIALS if status in (400, 401) else Lack.PERMISSION, ""
    for pattern, one, words in _RULES:
        if found := pattern.search(said):
            lack = one
            reason = words.format_map(
                {name: (text or "").strip() for name, text in found.groupdict().items()}
            )
            break
    if not reason:
        reason = _quote(message) or (code if code != str(status) else "")
    because = f": {reason}" if reason else f" ({status})"
    named = _ACTION.search(message)
    action = (named["action"] or named["permission"]) if named else ""
    if lack is Lack.CREDENTIALS:
        return Words(
            f"{call.who} does not accept the credentials{call.where}{because}.",
            "Check them on the Providers page.",
            lack,
        )
    what = action or (f"to read {call.resource}" if call.resource else "the request")
    leave = f", or leave {call.place} out" if call.place else ""
    hint = (
        f"Enable it{leave}."
        if lack is Lack.SERVICE
        else f"Allow {action or 'it'} for these credentials{leave}."
    )
    return Words(f"{call.who} refuses {what}{call.where}{because}.", hint, lack)


def explain_failure(call: Call, answer: str, status: int) -> tuple[str, str]:
    """What an answer that is no refusal says (a fault of the provider's, a request that makes no sense), what to do."""
    code, message = read_answer(answer)
    reason = _quote(message) or (code if code != str(status) else "")
    because = f": {reason}" if reason else ""
    if status >= 500:
        return (
            f"{call.who} answered {status}{call.where}, which is a fault of its own{because}.",
            "Run it again later; the provider's status page may know more.",
        )
    return (
        f"{call.who} answered {status}{call.where}{because}.",
        "Check the values in WHERE. All of its words are under Details.",
    )


def read_answer(answer: str) -> tuple[str, str]:
    """The code and the message that an answer's body names, in whichever form; empty where it has none."""
    if found := _XML["message"].search(answer):
        named = _XML["code"].search(answer)
        return html.unescape(named[1]) if named else "", _tidy(html.unescape(found[1]))
    if (start := answer.find("{")) >= 0:
        try:
            body, _ = json.JSONDecoder().raw_decode(answer, start)
        except ValueError:
            # it was cut
            found = _MESSAGE.search(answer)
            return "", _tidy(found[1]) if found else ""
        if isinstance(body, Mapping):
            code, message = _read_body(body)
            return code, _tidy(message)
    return "", ""


def _read_body(body: Mapping[str, Any]) -> tuple[str, str]:
    error = body.get("error")
    if isinstance(error, Mapping):
        # Google says in the details which of its reasons it is
        reasons = [
            one.get("reason")
            for name in ("details", "errors")
            for one in _list_mappings(error.get(name))
            if one.get("reason")
        ]
        return str((reasons or [error.get("status") or error.get("code") or ""])[0]), str(
            error.get("message") or ""
        )
    if isinstance(error, str):
        return error, str(body.get("error_description") or body.get("message") or "")
    if errors := _list_mappings(body.get("errors")):
        return str(errors[0].get("code") or ""), str(errors[0].get("message") or body.get("message") or "")
    code = body.get("error_code") or body.get("errorCode") or body.get("__type") or body.get("code") or ""
    message = body.get("message") or body.get("Message") or body.get("errorSummary") or ""
    return str(code).rsplit("#", 1)[-1], str(message)


def _list_mappings(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _tidy(text: str) -> str:
    return " ".join(_ENCODED.sub("", text).split())


def _quote(message: str) -> str:
    """A provider's own words, cut between two of them."""
    text = cut_at_word(message, LONGEST_REASON).rstrip(".")
    return f"“{text}”" if text else ""
