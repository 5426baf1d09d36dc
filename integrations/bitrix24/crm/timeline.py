"""Lines in items' timelines, in bulk. A comment has no key of its own: a lost one is looked for by its words.

Documents: ``timeline/comments/crm-timeline-comment-{add,list}.md``.
"""

from collections.abc import Sequence

from domain.errors import Permanent, Temporary
from integrations.bitrix24.batching import Command
from integrations.bitrix24.client import BATCH_MAX
from integrations.bitrix24.crm.calls import CrmCalls
from integrations.bitrix24.decoder import as_int, as_list, as_map, as_text
from integrations.bitrix24.errors import Replay
from integrations.bitrix24.format import bb

_ADD, _LIST = "crm.timeline.comment.add", "crm.timeline.comment.list"


class Timeline:
    """Writes and finds comments."""

    def __init__(self, calls: CrmCalls) -> None:
        self._calls = calls

    async def write(self, entity: str, lines: Sequence[tuple[int, str]]) -> list[bool | None]:
        """Per line: written, refused for good (False), or unclear (None). ``text`` is our markup."""
        outcomes: list[bool | None] = []
        for start in range(0, len(lines), BATCH_MAX):
            part = lines[start : start + BATCH_MAX]
            try:
                results = await self._calls.all([_add(entity, *line) for line in part])
            except Temporary:  # also Unclear: each of them may have been written
                outcomes += [None] * len(part)
                continue
            outcomes += [
                True if one.error is None else None if isinstance(one.error, Temporary) else False
                for one in results
            ]
        return outcomes

    async def written(self, entity: str, lines: Sequence[tuple[int, str]]) -> list[bool]:
        """Which lines stand among the newest comments of their items."""
        ids = list(dict.fromkeys(crm_id for crm_id, _ in lines))
        asked = [
            Command(
                _LIST,
                {
                    "filter": {"ENTITY_ID": crm_id, "ENTITY_TYPE": entity},
                    "select": ["ID", "COMMENT", "ENTITY_ID"],
                    "order": {"ID": "DESC"},
                },
                Replay.SAFE,
            )
            for crm_id in ids
        ]
        standing: set[tuple[int, str]] = set()
        for crm_id, answer in zip(ids, await self._calls.all(asked), strict=True):
            if isinstance(answer.error, Permanent):  # the item is gone, and its timeline with it
                continue
            for row in map(as_map, as_list(answer.result)):
                owner = as_int(row.get("ENTITY_ID")) or crm_id
                standing.add((owner, _words(as_text(row.get("COMMENT")))))
        return [(crm_id, _words(bb(text))) in standing for crm_id, text in lines]


def _add(entity: str, crm_id: int, text: str) -> Command:
    fields = {"ENTITY_ID": crm_id, "ENTITY_TYPE": entity, "COMMENT": bb(text)}
    return Command(_ADD, {"fields": fields})


def _words(text: str) -> str:
    return " ".join(text.split())
