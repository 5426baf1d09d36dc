"""Who stands behind a sender: accounts, roles, and the one-time code that ties a Telegram account to a colleague."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from domain.chat import Address, Channel, Sender
from domain.errors import Refused
from domain.people import Grant, Person, Role
from domain.portal import Hotel
from handlers import outgoing
from handlers.scope import Scope
from storage import callers
from storage import people as rows

LINK_CODE_LIFETIME = timedelta(minutes=10)
MATCH = "caller.match"
"""The outbox's kind that looks whether somebody we met has called before (`caller_claims`)."""
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_CODE_LENGTH = 8


class People:
    """The people of a portal."""

    async def find(self, scope: Scope, sender: Sender) -> Person | None:
        """The known person behind a sender, or None."""
        return await rows.find_by_account(scope.tx, scope.portal.id, sender.channel, sender.external_id)

    async def load(self, scope: Scope, person_id: int) -> Person | None:
        """A person by our id: one of the portal's own, or of a portal whose requests are worked here."""
        found = await rows.load(scope.tx, scope.portal.id, person_id)
        return found or await self._guest(scope, person_id)

    @staticmethod
    async def _guest(scope: Scope, person_id: int) -> Person | None:
        guest = await rows.load_anywhere(scope.tx, person_id)
        if guest is None or scope.portals(guest.portal_id).served_at != scope.portal.id:
            return None
        return guest.as_guest()

    async def ensure(self, scope: Scope, sender: Sender) -> Person | None:
        """The person behind a sender; a portal's own user is taken in at first sight, a Telegram user never."""
        known = await self.find(scope, sender)
        if known is not None:
            if sender.channel is Channel.BITRIX24 and self._differs(known, sender):
                await rows.rename(scope.tx, known.id, sender.name, sender.email or known.email)
                return replace(known, name=sender.name, email=sender.email or known.email)
            return known
        if sender.channel is not Channel.BITRIX24 or sender.is_bot:
            return None
        language = sender.language if sender.language in {"ru", "en"} else scope.portal.language
        return await self._take_in(scope, sender, language or "ru")

    @staticmethod
    def _differs(known: Person, sender: Sender) -> bool:
        return bool(sender.name) and (known.name, known.email) != (sender.name, sender.email or known.email)

    async def _take_in(self, scope: Scope, sender: Sender, language: str) -> Person:
        person_id = await rows.insert(
            scope.tx, scope.portal.id, sender.name, sender.email, language, scope.now
        )
        await rows.add_account(scope.tx, scope.portal.id, person_id, sender.channel, sender.external_id)
        person = await rows.load(scope.tx, scope.portal.id, person_id)
        assert person is not None
        await look_for_calls(scope, person, sender.channel)
        return person

    async def apply_settings(
        self, scope: Scope, grants: Mapping[str, Sequence[Grant]], *, source: str = "settings"
    ) -> None:
        """Give the portal's users the roles that the settings name, and take back those they no longer name."""
        await rows.drop_grants(scope.tx, scope.portal.id, source=source)
        for user_id, wanted in grants.items():
            person = await self.ensure(scope, Sender(Channel.BITRIX24, user_id, ""))
            assert person is not None
            for grant in wanted:
                await rows.add_grant(scope.tx, scope.portal.id, person.id, grant, source=source)

    async def with_role(self, scope: Scope, role: Role, *, portal_id: int | None = None) -> list[Person]:
        """Everybody who was given a role, in this portal or in that one."""
        return await rows.with_role(scope.tx, portal_id or scope.portal.id, role)

    async def set_language(self, scope: Scope, person: Person, language: str) -> None:
        await rows.set_language(scope.tx, person.id, language)

    # --- tying a Telegram account -----------------------------------------------------------------------

    async def offer_link(self, scope: Scope, person: Person) -> str:
        """A fresh one-time code, to be typed in Telegram within ten minutes."""
        code = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
        await rows.store_code(
            scope.tx, scope.portal.id, person.id, _hash(code), scope.now + LINK_CODE_LIFETIME
        )
        return code

    async def link(self, scope: Scope, sender: Sender, code: str) -> Person:
        """Tie the sender's account to the colleague who was shown the code; Refused when it isn't valid."""
        person_id = await rows.use_code(scope.tx, scope.portal.id, _hash(code.strip().upper()), scope.now)
        if person_id is None:
            raise Refused("link-code-wrong")
        await rows.add_account(scope.tx, scope.portal.id, person_id, sender.channel, sender.external_id)
        person = await rows.load(scope.tx, scope.portal.id, person_id)
        assert person is not None
        await look_for_calls(scope, person, sender.channel)
        return person


async def look_for_calls(scope: Scope, person: Person, channel: Channel) -> None:
    """Have it looked up whether this person once asked for help without an account; he is asked in ``channel``."""
    if await callers.any_unclaimed(scope.tx, scope.portal.id):
        payload = {"person_id": person.id, "channel": channel.value}
        await outgoing.put(scope, f"person:{person.id}", MATCH, payload, once=f"{MATCH}:{person.id}")


async def managers_of(scope: Scope, hotel: Hotel) -> list[Person]:
    """Managers of the whole portal and of this hotel, by id."""
    code = hotel.code.casefold()
    return [
        person
        for person in await rows.with_role(scope.tx, scope.portal.id, Role.MANAGER)
        if any(
            not grant.hotels or code in map(str.casefold, grant.hotels)
            for grant in person.grants
            if grant.role is Role.MANAGER
        )
    ]


def private_address(person: Person, channel: Channel) -> Address | None:
    """Where to write to a person alone in one messenger; None where he isn't, or has blocked the bot."""
    account = person.accounts.get(channel)
    if not account or channel in person.blocked:
        return None
    return Address(channel, account, home=person.portal_id)


def reach(person: Person, wished: Channel) -> Address | None:
    """Where somebody can be reached: the wished messenger if he is there, else any."""
    channels = (wished, *(channel for channel in Channel if channel is not wished))
    return next((found for channel in channels if (found := private_address(person, channel))), None)


def reachable(person: Person, channel: Channel) -> Address | None:
    """Where a requester reads: the messenger he filed from; any he has, when he filed by form or phone or left it."""
    return reach(person, channel)


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
