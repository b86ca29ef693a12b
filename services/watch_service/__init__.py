"""Watches: what people want to be told of, and what the change feed said of it, once."""

from services.watch_service.service import WatchService

__all__ = ["WatchService"]
