# mypy: ignore-errors
"""The work of the comparison, for every client alike. Plain Python: the peers' environments have nothing of ours."""

import json
import sys
import time

ORIGINATOR = "concierge:GRAND"
CONTACT = 3


def fields_of(number: int, name: str = "Иван") -> dict[str, object]:
    """One guest."""
    return {
        "name": name, "lastName": f"Иванов {number}", "originatorId": ORIGINATOR, "originId": str(number),
        "fm": [
            {"typeId": "PHONE", "valueType": "HOME", "value": f"+7912{number:07}"},
            {"typeId": "EMAIL", "valueType": "HOME", "value": f"guest{number}@example.ru"},
        ],
    }  # fmt: skip


def adds(count):
    """Parameters of ``crm.item.add``."""
    return [{"entityTypeId": CONTACT, "fields": fields_of(number)} for number in range(count)]


def lookups(keys):
    """Parameters of ``crm.item.list``, fifty external keys each."""
    return [
        {
            "entityTypeId": CONTACT, "select": ["id", "originId"], "start": -1,
            "filter": {"=originatorId": ORIGINATOR, "@originId": keys[at : at + 50]},
        }
        for at in range(0, len(keys), 50)
    ]  # fmt: skip


def changed(crm_id, number):
    """Parameters of ``crm.item.update``."""
    return {
        "entityTypeId": CONTACT,
        "id": crm_id,
        "fields": {"name": "Пётр" if is_changed(number) else "Иван"},
    }


def is_changed(number):
    """15 % of the first 95 % of an upsert."""
    return number % 19 < 3


def split(count: int) -> int:
    """Of an upsert: how many stand already; the rest is new."""
    return count * 95 // 100


def told(**outcome):
    """The client's own account of how it went."""
    print(json.dumps(outcome))


def asked():
    """{webhook, case, count, per_s}."""
    return json.loads(sys.argv[1])


class Watch:
    """Seconds of work without the start of the interpreter."""

    def __init__(self):
        self.began = time.perf_counter()

    @property
    def s(self):
        return time.perf_counter() - self.began
