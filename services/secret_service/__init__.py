"""Which secrets hold which credentials: never their values, but for the one child process that needs them."""

from services.secret_service.service import SecretService

__all__ = ["SecretService"]
