"""One MetaData and the column types both engines agree on: moments in UTC, exact money, JSON, ever-growing ids."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    Numeric,
    String,
    Text,
    TypeDecorator,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""JSON; Python's None is SQL's NULL."""

BigId = BigInteger().with_variant(Integer(), "sqlite")

Key = Text().with_variant(Text(collation="C"), "postgresql")
"""Text compared byte by byte on both engines: keyset pages and prefix searches need the same order."""


class Utc(TypeDecorator[datetime]):
    """An aware moment in UTC: ``timestamptz``, on SQLite fixed-width ISO text, which sorts as time does."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        sqlite = dialect.name == "sqlite"
        return dialect.type_descriptor(String(27) if sqlite else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone can't be stored")
        value = value.astimezone(UTC)
        if dialect.name != "sqlite":
            return value
        return value.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name != "sqlite":
            return value.astimezone(UTC)  # type: ignore[no-any-return]
        return datetime.fromisoformat(value)


class Exact(TypeDecorator[Decimal]):
    """A decimal kept digit for digit: NUMERIC, on SQLite (which would make it a float) text."""

    impl = Numeric()
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        sqlite = dialect.name == "sqlite"
        return dialect.type_descriptor(String(40) if sqlite else Numeric())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        return str(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return Decimal(value) if value is not None and dialect.name == "sqlite" else value


def id_column() -> Column[int]:
    """A number of its own, never given twice."""
    return Column("id", BigId, primary_key=True, autoincrement=True)


def portal_column(*, primary_key: bool = False) -> Column[int]:
    """Whose row it is."""
    return Column("portal_id", BigId, ForeignKey("portals.id"), primary_key=primary_key, nullable=False)


def hotel_column(*, primary_key: bool = False, nullable: bool = False) -> Column[int]:
    """Which hotel's row it is."""
    return Column("hotel_id", BigId, ForeignKey("hotels.id"), primary_key=primary_key, nullable=nullable)
