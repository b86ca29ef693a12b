"""`server`, for gunicorn: `gunicorn app.wsgi:server`."""

from __future__ import annotations

from app.main import create_app
from app.settings import Settings
from app.start import build_services

_settings = Settings()
server = create_app(_settings, build_services(_settings)).server
