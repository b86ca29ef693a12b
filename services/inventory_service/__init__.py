"""The inventory's service: what the managers' pages show, and how sure it is."""

from __future__ import annotations

from services.inventory_service.service import InventoryService

__all__ = ["InventoryService"]
