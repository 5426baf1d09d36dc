"""What of a PMS record goes into which field of the CRM, and who owns it there: data per hotel, and pure functions."""

import hashlib

import orjson

from domain.mapping.lines import KEYS_FIELD
from domain.mapping.mapping import FieldMapping, default_mapping, default_text, load, read
from domain.mapping.model import Fault, MappingError
from domain.mapping.records import ALONE, Beside, Wanted, entity_of, map_profile, map_stay

STAGES = tuple(default_mapping().stages)
FIELDS = tuple(default_mapping().specs)
MAPPING_VERSION = default_mapping().version
"""Of the default mapping; a hotel's own is ``hotel.mapping.version``."""


def content_hash(*parts: object) -> str:
    """A short fingerprint of JSON-like content, the same for the same content."""
    packed = orjson.dumps(parts, option=orjson.OPT_SORT_KEYS, default=str)
    return hashlib.blake2b(packed, digest_size=16).hexdigest()


__all__ = [
    "ALONE",
    "FIELDS",
    "KEYS_FIELD",
    "MAPPING_VERSION",
    "STAGES",
    "Beside",
    "Fault",
    "FieldMapping",
    "MappingError",
    "Wanted",
    "content_hash",
    "default_mapping",
    "default_text",
    "entity_of",
    "load",
    "map_profile",
    "map_stay",
    "read",
]
