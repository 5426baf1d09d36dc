"""Where a portal's managers read what concerns the whole portal."""

from domain.chat import Address, Channel, Reply
from domain.people import Role
from handlers import outgoing
from handlers.people import private_address
from handlers.scope import Scope
from storage import people

INSTEAD = (Role.MANAGER, Role.ADMIN, Role.SUPPORT)
"""Who reads it: the first of these offices that anybody holds."""


async def places(scope: Scope) -> list[Address]:
    """Each manager alone in Bitrix24, and the managers' chat in Telegram; without managers, whoever runs things."""
    found: list[Address] = []
    if chat := scope.portal.desk.telegram_managers_chat:
        found.append(Address(Channel.TELEGRAM, chat))
    for role in INSTEAD:
        holders = await people.with_role(scope.tx, scope.portal.id, role)
        alone = [place for one in holders if (place := private_address(one, Channel.BITRIX24))]
        if alone:
            return list(dict.fromkeys([*alone, *found]))
    return found


async def tell(scope: Scope, reply: Reply) -> int:
    """A message to all of them; returns to how many places."""
    found = await places(scope)
    for place in found:
        await outgoing.post(scope, place, reply)
    return len(found)
