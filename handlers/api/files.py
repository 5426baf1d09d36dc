"""The files of a request for other programs: what each is, and a link that expires."""

from typing import Any

from handlers.api import paging
from handlers.desk.file_links import FileLinks
from handlers.desk.requests import Requests
from handlers.scope import Scope
from storage import attachments


class FileApi:
    """Files as a token may have them that may read the request."""

    def __init__(self, requests: Requests, links: FileLinks) -> None:
        self._requests = requests
        self._links = links

    async def listed(self, scope: Scope, number: str) -> dict[str, Any]:
        """All of a request. Refused("no-such-request"), also when the token may not see it."""
        request = await self._requests.by_number(scope, number)
        await self._requests.rights.check(scope, "card", request)
        found = [
            {
                "name": one.name,
                "size": one.size,
                "type": one.mime if one.store_key else None,
                "state": one.state,
                "link": await self._links.sealed(scope, one),
            }
            for one in await attachments.of_request(scope.tx, request.id)
        ]
        return paging.paged(found, None)
