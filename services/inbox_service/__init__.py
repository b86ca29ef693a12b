"""What needs somebody, what people did about it, and what happened since a person was last here."""

from __future__ import annotations

from services.inbox_service.service import InboxService
from services.inbox_service.since import SinceService

__all__ = ["InboxService", "SinceService"]
