"""Which variables of the environment may hold a provider's credentials.

Whoever maps a secret to a variable could otherwise steer what runs beside the credentials: GCONV_PATH loads a library,
AWS_ENDPOINT_URL and SSLKEYLOGFILE send away what is secret. A list of such names is never whole, so a name has to look
like a credential's: those of the known providers, and others that end as a credential's name does.
"""

from __future__ import annotations

import re

from inventory_runner.platform.presets import PRESETS

_KNOWN = frozenset(name for preset in PRESETS.values() for name in preset.variables)
# two words at least: ACME_API_KEY, SUMOLOGIC_ACCESSID, JIRA_USERNAME
_ENDINGS = re.compile(
    r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*_[A-Z0-9]*"
    r"(KEY|TOKEN|SECRET|PASSWORD|PASS|PAT|CREDENTIALS?|USER|USERNAME|LOGIN|EMAIL|ID|ACCOUNT|ORG|ORGANIZATION|TENANT)",
    re.ASCII,
)
# which end so, and are read by loaders, shells, tools, the app or the runner themselves
_OTHERS = re.compile(
    r"(LD|DYLD|PYTHON|BASH|GLIBC|MALLOC|GIT|SSH|SSL|OPENSSL|GNUPG|KRB5|NODE|NPM|PIP|JAVA|GO|CGO|XDG|SYSTEMD|DBUS|REQUESTS"
    r"|CURL|LAKEBASE|INVENTORY|ANTHROPIC|JOB|HTTPS?|ALL|NO)_.*|PG[A-Z].*|DATABRICKS_(TOKEN|WORKSPACE_ID|APP_.*|CONFIG_.*)"
    r"|GOOGLE_APPLICATION_CREDENTIALS|(.*_)?(URL|URI|HOST|ENDPOINT|PROXY|PATH|FILE|DIR|CONFIG)_.*"
)


def holds_credentials(name: str) -> bool:
    """Whether a variable of this name may be set for StackQL."""
    return name in _KNOWN or bool(_ENDINGS.fullmatch(name) and not _OTHERS.fullmatch(name))
