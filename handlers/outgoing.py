"""What has to leave: rows for the outbox, written in the use case's own transaction, delivered after it."""

from collections.abc import Sequence
from typing import Any

from domain.chat import Address, MessageRef, Reply
from domain.ports import Lane
from handlers.codec import dump
from handlers.scope import Scope
from storage import guest_cards, links, outbox


async def put(
    scope: Scope,
    destination: str,
    kind: str,
    payload: dict[str, Any],
    *,
    lane: int = Lane.DESK,
    once: str | None = None,
    keep: bool = False,
    request_id: int | None = None,
    home: int | None = None,
) -> None:
    """One row. Rows of one destination leave in order.

    ``home``: the portal it leaves by, if that is another than the use case's (Address.home).

    ``once``: no second one while the first waits; with ``keep``, none for as long as the first is remembered.
    """
    leaves_by = home or scope.portal.id
    scope.reached.add(leaves_by)
    await outbox.add(
        scope.tx,
        portal_id=leaves_by,
        destination=destination,
        kind=kind,
        payload=payload,
        lane=lane,
        dedupe_key=once,
        keep_key=keep,
        request_id=request_id,
        now=scope.now,
    )


async def show_prompt(
    scope: Scope,
    person_id: int,
    address: Address,
    reply: Reply,
    *,
    replace: str | None,
    room: str | None = None,
    passing: bool = False,
) -> None:
    """The current step of a person's dialog; ``room``: the thread it is asked in, None in his own conversation.

    ``passing``: it only asks, so nobody misses it once a later step waits to be shown.
    """
    payload = {"person_id": person_id, "address": dump(address), "reply": dump(reply), "replace": replace}
    payload |= {"room": room, "passing": passing}
    await put(scope, str(address), "prompt.show", payload, lane=Lane.REPLY, home=address.home)


async def post(
    scope: Scope,
    address: Address,
    reply: Reply,
    *,
    urgent: bool = False,
    request_id: int | None = None,
    copy_of: str | None = None,
    answers: str | None = None,
    guests: Sequence[str] | None = None,
) -> None:
    """A message to a known place. ``copy_of``: the group of mirrored messages it belongs to.

    ``answers``: the group whose message there it is shown as a reply to. ``guests``: it shows guests' data (of these,
    as ``HOTEL:NUMBER``), and is hidden when its time is over.
    """
    payload = {"address": dump(address), "reply": dump(reply), "copy_of": copy_of, "answers": answers}
    lane, kind = Lane.REPLY if urgent else Lane.DESK, "message.post"
    if guests is not None:
        kind, payload = guest_cards.POST, {**payload, "guests": list(guests)}
    await put(scope, str(address), kind, payload, lane=lane, request_id=request_id, home=address.home)


async def amend(scope: Scope, ref: MessageRef, reply: Reply, *, guests: Sequence[str] | None = None) -> None:
    """Another text (or other buttons) for a message that stands already. ``guests`` as in :func:`post`."""
    payload: dict[str, Any] = {"ref": dump(ref), "reply": dump(reply)}
    kind = "message.amend"
    if guests is not None:
        kind, payload = guest_cards.AMEND, {**payload, "guests": list(guests)}
    await put(scope, str(ref.address), kind, payload, lane=Lane.REPLY, home=ref.address.home)


async def to_threads(scope: Scope, request_id: int, text: str) -> None:
    """A line in every thread a request has."""
    for channel in await _threads(scope, request_id):
        body = {"request_id": request_id, "channel": channel, "reply": dump(Reply(text)), "copy_of": None}
        await put(scope, f"thread:{channel}:{request_id}", "thread.post", body, request_id=request_id)


async def refresh_cards(scope: Scope, request_id: int) -> None:
    """The cards of a request's threads: rendered when they are delivered, so one waiting row is enough."""
    for channel in await _threads(scope, request_id):
        body = {"request_id": request_id, "channel": channel}
        once = f"card:{request_id}:{channel}"
        await put(
            scope, f"thread:{channel}:{request_id}", "thread.card", body, once=once, request_id=request_id
        )


async def rewrite(scope: Scope, request_id: int) -> None:
    """A request's task and the titles of its threads, as the request reads now."""
    body: dict[str, Any] = {"request_id": request_id}
    await put(scope, f"task:{request_id}", "task.rewrite", body, request_id=request_id)
    for channel in await _threads(scope, request_id):
        one = {**body, "channel": channel}
        await put(scope, f"thread:{channel}:{request_id}", "thread.state", one, request_id=request_id)


async def _threads(scope: Scope, request_id: int) -> list[str]:
    found = await links.of_local(scope.tx, scope.portal.id, "request", str(request_id))
    return [link.kind.removeprefix("thread:") for link in found if link.kind.startswith("thread:")]
