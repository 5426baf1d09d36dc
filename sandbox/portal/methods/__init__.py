"""The REST methods by noun; importing this package registers all of them."""

from sandbox.portal import batch
from sandbox.portal.methods import system, users

__all__ = ["batch", "system", "users"]
