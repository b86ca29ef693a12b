"""The documents by which StackQL knows a provider: fetched from StackQL's registry when a query first names it.

They lie in `<approot>/src/<provider>`. StackQL itself fetches them only when told (REGISTRY PULL), which the guard
refuses as a query. They are fetched beside their place and moved into it whole, so that another query never reads
half of them. A registry of the operator's own (STACKQL_REGISTRY) has everything already.
"""

from __future__ import annotations

import difflib
import json
import logging
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from inventory_runner.contract import EngineError, UnknownResource
from inventory_runner.engines import paging
from inventory_runner.platform.presets import PRESETS
from inventory_runner.sql.statement import Statement

log = logging.getLogger(__name__)

_SHOWN = re.compile(
    r'\s*(?:SHOW\b.*?\b(?:IN|FROM)|DESC(?:RIBE)?(?:\s+METHOD)?(?:\s+EXTENDED)?)\s+"?([A-Za-z]\w*)',
    re.IGNORECASE | re.DOTALL,
)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
FAILURE_KEPT_SECONDS = 60
OFFER_KEPT_SECONDS = 3600
# a network that lets nothing through is not waited for with each page
NO_OFFER_KEPT_SECONDS = 600

# runs REGISTRY PULL for a provider with an approot, and returns what StackQL said
Pull = Callable[[str, Path], str]


class ProviderDocuments:
    """approot: StackQL's folder. Thread-safe, and safe beside other processes with the same approot."""

    def __init__(self, approot: Path) -> None:
        self._approot = approot
        self._lock = threading.Lock()
        self._failures: dict[str, tuple[float, EngineError]] = {}
        self._offering = threading.Lock()
        self._offered: tuple[float, list[str]] = (0.0, [])

    def list_folders(self) -> frozenset[str]:
        """What lies here, by the names of its folders."""
        try:
            return frozenset(path.name for path in (self._approot / "src").iterdir())
        except OSError:
            return frozenset()

    def list_offered(self, ask: Callable[[], str]) -> list[str]:
        """The providers of StackQL's registry; those that we have presets for, where it cannot be asked.

        ask: asks for its list, and returns what StackQL said.
        """
        with self._offering:
            if self._offered[0] <= time.monotonic():
                try:
                    names = _parse_offer(ask())
                except EngineError as error:
                    log.warning("StackQL's registry could not be asked for its providers: %s", error)
                    names = []
                seconds = OFFER_KEPT_SECONDS if names else NO_OFFER_KEPT_SECONDS
                self._offered = (time.monotonic() + seconds, names or list(PRESETS))
            return self._offered[1]

    def list_missing(self, statement: Statement) -> list[str]:
        """The providers that a statement names and whose documents are not here."""
        shown = _SHOWN.match(statement.plain.text)
        names = (shown[1].lower(),) if shown else statement.providers
        return [name for name in names if _NAME.fullmatch(name) and not self._find_folder(name).is_dir()]

    def fetch(self, provider: str, pull: Pull) -> None:
        """Fetch a provider's documents. Raises UnknownResource where the registry has none, EngineError otherwise."""
        with self._lock:
            if self._find_folder(provider).is_dir():
                return
            kept = self._failures.get(provider)
            if kept and kept[0] > time.monotonic():
                raise kept[1]
            try:
                self._fetch(provider, pull)
            except EngineError as error:
                self._failures[provider] = (time.monotonic() + FAILURE_KEPT_SECONDS, error)
                raise

    def _fetch(self, provider: str, pull: Pull) -> None:
        place = self._find_folder(provider)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            staging = Path(tempfile.mkdtemp(prefix=".pull-", dir=self._approot))
        except OSError as error:
            raise EngineError(
                f"The documents of {provider} cannot be stored in {self._approot}.",
                hint="Set STACKQL_APPROOT to a folder that can be written.",
                details=str(error),
            ) from None
        try:
            said = pull(provider, staging)
            fetched = staging / "src" / place.name
            if not fetched.is_dir():
                raise self._make_pull_error(provider, said)
            paging.complete_documents(fetched.parent)
            try:
                fetched.rename(place)
            except OSError:
                # another process was faster
                if not place.is_dir():
                    raise
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    @staticmethod
    def _make_pull_error(provider: str, said: str) -> EngineError:
        if re.search(r"could not resolve provider|no such provider|not found", said, re.IGNORECASE):
            near = difflib.get_close_matches(provider, PRESETS, 3)
            return UnknownResource(f"StackQL has no provider named {provider}.", near=near, details=said)
        return EngineError(
            f"What StackQL knows of {provider} could not be fetched from its registry.",
            hint="Check the network and the proxy, or set STACKQL_REGISTRY to a copy of the registry.",
            details=said,
        )

    def _find_folder(self, provider: str) -> Path:
        return self._approot / "src" / paging.find_folder_name(provider)


def _parse_offer(said: str) -> list[str]:
    """The names in `[{"provider":"aws","version":"v24.07.00246"}, …]`; none where the registry did not answer so."""
    for line in said.splitlines():
        try:
            rows = json.loads(line)
        except ValueError:
            continue
        if isinstance(rows, list):
            return sorted(
                {str(row["provider"]) for row in rows if isinstance(row, dict) and row.get("provider")}
            )
    return []
