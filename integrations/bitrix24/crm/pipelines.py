"""The pipelines of deals as people have set them up, for picking one.

Documents: ``universal/category/crm-category-list.md``, ``status/crm-status-list.md``.
"""

from typing import Any

from domain.ports.crm import Pipeline, PipelineStage
from integrations.bitrix24.batching import Command
from integrations.bitrix24.crm.calls import CrmCalls
from integrations.bitrix24.crm.fields import ENTITY_TYPES
from integrations.bitrix24.crm.stages import stage_directory
from integrations.bitrix24.decoder import as_int, as_list, as_map, as_text
from integrations.bitrix24.errors import Replay

_MEANS = {"S": "won", "SUCCESS": "won", "F": "lost", "FAILURE": "lost", "APOLOGY": "lost"}


async def pipelines(calls: CrmCalls) -> list[Pipeline]:
    """In the portal's order; two commands in one request."""
    listed, statuses = await calls.all(
        [
            Command("crm.category.list", {"entityTypeId": ENTITY_TYPES["deal"]}, Replay.SAFE),
            Command("crm.status.list", {"order": {"SORT": "ASC"}}, Replay.SAFE),
        ]
    )
    for one in (listed, statuses):
        if one.error is not None:
            raise one.error
    statuses_of = [as_map(row) for row in as_list(statuses.result)]
    found = []
    for category in map(as_map, as_list(as_map(listed.result).get("categories"))):
        number = as_int(category.get("id")) or 0
        directory = stage_directory(number)
        mine = [row for row in statuses_of if as_text(row.get("ENTITY_ID")) == directory]
        found.append(
            Pipeline(number, as_text(category.get("name")), tuple(_stage(row, number) for row in mine))
        )
    return found


def _stage(row: dict[str, Any], pipeline: int) -> PipelineStage:
    code = as_text(row.get("STATUS_ID")).removeprefix(f"C{pipeline}:")
    extra = as_map(row.get("EXTRA"))
    means = as_text(row.get("SEMANTICS")) or as_text(extra.get("SEMANTICS")).upper()
    return PipelineStage(code, as_text(row.get("NAME")), _MEANS.get(means, "process"))
