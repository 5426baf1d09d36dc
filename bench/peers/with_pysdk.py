# mypy: ignore-errors
"""b24pysdk at its defaults. It knows https only; on loopback its requests are sent as http."""

import requests
from b24pysdk import BitrixWebhook
from cases import Watch, adds, asked, changed, lookups, split, told

_request = requests.Session.request


def _plain(self, method, url, **options):
    return _request(self, method, url.replace("https://127", "http://127"), **options)


requests.Session.request = _plain
_post = requests.post
requests.post = lambda url, **options: _post(url.replace("https://127", "http://127"), **options)


def batches(token, method, params):
    """What came back of each command, and how many it tells as failed."""
    answer = token.call_batches([(method, one) for one in params])
    result = answer["result"]
    found = result["result"]
    found = list(found.values()) if isinstance(found, dict) else found
    return found, len(result.get("result_error") or [])


def upsert(token, count):
    pages, _ = batches(token, "crm.item.list", lookups([str(number) for number in range(count)]))
    ids = {row["originId"]: row["id"] for page in pages for row in page["items"]}
    standing = [number for number in range(split(count)) if str(number) in ids]
    updated, _ = batches(token, "crm.item.update", [changed(ids[str(n)], n) for n in standing])
    added, _ = batches(token, "crm.item.add", adds(count)[split(count) :])
    return len(updated) + len(added), 0


def main(task):
    host, _, code = task["webhook"].removeprefix("http://").rstrip("/").partition("/rest/")
    token = BitrixWebhook(domain=host, webhook_token=code)
    watch, done, failed, error = Watch(), 0, 0, ""
    try:
        if task["case"] == "upsert":
            done, failed = upsert(token, task["count"])
        else:
            found, failed = batches(token, "crm.item.add", adds(task["count"]))
            done = len(found)
    except Exception as fault:  # noqa: BLE001 - whatever it raises is its account
        error = f"{type(fault).__name__}: {str(fault)[:80]}"
    told(done=done, told=failed, seconds=watch.s, error=error)


main(asked())
