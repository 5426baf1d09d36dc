"""The only room that speaks SQL, and the only place that commits."""

from storage.database import Database
from storage.migrate import migrate
from storage.scope import Tx, forbid_in_transaction, in_transaction

__all__ = ["Database", "Tx", "forbid_in_transaction", "in_transaction", "migrate"]
