"""Filing a request, step by step: one problem per request, eight steps, at most eight taps.

Data of the draft: ``description, type, subject, files [{id, name}], conditions, login, portal_link``;
``queue`` holds the descriptions split off, ``related`` the numbers already filed from the same message;
``fixing`` is true while one field is being corrected from the last step; ``caller`` is on whose behalf support files;
``guest`` whom it is about, see :func:`handlers.guests.filing.about`.
"""

from dataclasses import replace
from typing import Any

from bot.dialogs import known
from bot.dialogs.base import Finish, Go, Outcome, Said, with_data
from bot.dialogs.known import Known
from bot.dialogs.new_request_pages import NOT_HIM, STEPS, Pages, caller_of, conditions_of, proposed_subject
from domain.chat import Button, Channel, Reply
from domain.problems import find_problems, propose_subject
from domain.requests import RequestType
from handlers.conversations import DialogState, Turn
from handlers.desk.attachments import Attachments
from handlers.desk.caller_claims import offer_by_email
from handlers.desk.desk import Desk
from handlers.desk.requests import RequestForm, Requests
from handlers.guests import filing

NAME = "new_request"
SUBJECT_LIMIT = 120
FREE_TEXT = frozenset({"description", "subject", "conditions", "login", "portal"})


def start(description: str = "", **data: object) -> DialogState:
    """An empty draft, or one whose description is already known."""
    draft = DialogState(NAME, "description", {"files": [], "queue": [], "related": [], **data})
    return with_data(draft, "type", description=description) if description else draft


def is_begun(state: DialogState) -> bool:
    """Whether there is something in a draft that would be a pity to lose."""
    return state.dialog == NAME and (state.step != "description" or "description" in state.data)


class NewRequest:
    """The dialog behind «Новое обращение»."""

    name = NAME

    def __init__(self, requests: Requests, attachments: Attachments) -> None:
        self._requests = requests
        self._attachments = attachments
        self._known = Known(Desk(requests))
        self._pages = Pages(self._known)

    def is_free_text(self, state: DialogState) -> bool:
        return state.step in FREE_TEXT

    async def prompt(self, turn: Turn, state: DialogState) -> Reply:
        return await self._pages.show(turn, state)

    # --- what people do ----------------------------------------------------------------------------------

    async def take(self, turn: Turn, state: DialogState, said: Said) -> Outcome:
        """One step of the person: a button, words, files."""
        if said.choice == "cancel":
            await self._attachments.drop(turn, [file["id"] for file in state.data["files"]])
            return Finish(Reply(turn.text("new-cancelled")))
        if said.choice == "back":
            return self._back(state)
        if said.choice == NOT_HIM:
            return Go(with_data(state, guest=None, no_guest=True))
        if said.files:
            return await self._take_files(turn, state, said)
        return await self._take_words(turn, state, said)

    def _back(self, state: DialogState) -> Outcome:
        if state.step == "fix" or state.data.get("fixing"):
            return Go(with_data(state, "review", fixing=False))
        if state.step in {"split", known.STEP}:
            return Go(with_data(state, "description"))
        return Go(with_data(state, STEPS.before(state.step)))

    def _next(self, state: DialogState, **data: object) -> Go:
        """On to the next step; back to the review when only one field was being corrected."""
        target = "review" if state.data.get("fixing") else STEPS.after(state.step)
        return Go(with_data(state, target, **data, **({"fixing": False} if target == "review" else {})))

    async def _take_files(self, turn: Turn, state: DialogState, said: Said) -> Outcome:
        kept = [await self._attachments.keep(turn, file) for file in said.files]
        files = [*state.data["files"], *({"id": one.id, "name": one.name} for one in kept if one.accepted)]
        refused = "\n".join(one.refusal for one in kept if one.refusal)
        state = with_data(state, files=files)
        if said.text.strip() and state.step in FREE_TEXT:
            outcome = await self._take_words(turn, state, replace(said, files=()))
            notices = filter(None, (refused, outcome.notice)) if isinstance(outcome, Go) else ()
            return replace(outcome, notice="\n".join(notices)) if isinstance(outcome, Go) else outcome
        notice = refused or ("" if state.step == "screenshot" else turn.text("new-file-kept"))
        return Go(state, notice, in_place=True)

    async def _take_words(self, turn: Turn, state: DialogState, said: Said) -> Outcome:
        step = getattr(self, f"_take_{state.step}")
        outcome: Outcome = await step(turn, state, said)
        return outcome

    async def _take_description(self, turn: Turn, state: DialogState, said: Said) -> Outcome:
        if joined := await self._known.join(turn, state, said):
            return await self._on(turn, state, joined.reply, joined.request_id)
        clean = turn.scope.clean(said.text)
        if not clean:
            return Go(state, turn.text("new-description-empty"))
        parts = [part.text for part in find_problems(clean)]
        if state.data.get("fixing"):
            return self._next(state, description=clean)
        state = self._forget_proposal(state)
        if len(parts) > 1:
            return Go(with_data(state, "split", description=clean, found=parts))
        return await self._described(turn, with_data(state, description=clean))

    async def _described(self, turn: Turn, state: DialogState) -> Go:
        """One problem is described: is it known already? Then on to its type. A caller can't join a known one."""
        if caller_of(state):
            return Go(with_data(state, "type"))
        state = await self._recognised(turn, state)
        found = await self._known.look(turn, state)
        return Go(with_data(state, known.STEP, known=found) if found else with_data(state, "type"))

    @staticmethod
    async def _recognised(turn: Turn, state: DialogState) -> DialogState:
        """The draft is about the guest whose number or link in the CRM it names."""
        if state.data.get("guest") or state.data.get("no_guest") or turn.desk.home is not None:
            return state  # whose guests they are, a vendor's desk isn't told unasked
        found = await filing.recognise(turn.scope, state.data["description"])
        if found is None:
            return state
        whom = (found.hotel, found.reservation_id, found.profile_id)
        guest = await filing.about(turn.scope, *whom, turn.event.address, filing.RECOGNISED)
        return with_data(state, guest=guest)

    async def _take_known(self, turn: Turn, state: DialogState, said: Said) -> Outcome:
        if joined := await self._known.join(turn, state, said):
            return await self._on(turn, state, joined.reply, joined.request_id)
        if said.choice == known.OTHER:
            return Go(with_data(state, "type"))
        return Go(state, turn.text("use-buttons"))

    @staticmethod
    def _forget_proposal(state: DialogState) -> DialogState:
        """A subject that was only our proposal goes with the description it was made from."""
        subject, old = state.data.get("subject"), state.data.get("description")
        if subject and old and subject == propose_subject(old):
            return with_data(state, subject="")
        return state

    async def _take_split(self, turn: Turn, state: DialogState, said: Said) -> Outcome:
        found = state.data["found"]
        if said.choice == "split":
            first, *others = found
            split = with_data(state, description=first, queue=others, parts=len(found))
            return await self._described(turn, split)
        if said.choice == "one":
            return await self._described(turn, state)
        return Go(state, turn.text("use-buttons"))

    async def _take_type(self, turn: Turn, state: DialogState, said: Said) -> Outcome:
        if said.choice in set(RequestType):
            return self._next(state, type=said.choice)
        return Go(state, turn.text("use-buttons"))

    async def _take_subject(self, turn: Turn, state: DialogState, said: Said) -> Outcome:
        if said.choice == "keep":
            return self._next(state, subject=proposed_subject(state))
        clean = turn.scope.clean(" ".join(said.text.split()))
        if not clean:
            return Go(state, turn.text("new-subject-empty"))
        return self._next(state, subject=clean[:SUBJECT_LIMIT])

    async def _take_screenshot(self, turn: Turn, state: DialogState, said: Said) -> Outcome:
        if said.choice in {"skip", "done"}:
            return self._next(state)
        return Go(state, turn.text("new-screenshot-wanted"))

    async def _take_conditions(self, turn: Turn, state: DialogState, said: Said) -> Outcome:
        clean = turn.scope.clean(said.text)
        return self._next(state, conditions="" if said.choice == "skip" else clean)

    async def _take_login(self, turn: Turn, state: DialogState, said: Said) -> Outcome:
        typed = turn.scope.clean(" ".join(said.text.split()))[:SUBJECT_LIMIT]
        if said.choice == "skip" and caller_of(state):
            return self._next(state, login="")
        login = turn.person.login if said.choice == "mine" else typed
        return self._next(state, login=login) if login else Go(state, turn.text("new-login-empty"))

    async def _take_portal(self, turn: Turn, state: DialogState, said: Said) -> Outcome:
        link = turn.portal.url if said.choice == "this" else turn.scope.clean(said.text)
        if said.choice != "this" and not _looks_like_link(link):
            return Go(state, turn.text("new-portal-wrong"))
        return self._next(state, portal_link=link)

    async def _take_fix(self, turn: Turn, state: DialogState, said: Said) -> Outcome:
        if said.choice in STEPS.names:
            return Go(with_data(state, said.choice, fixing=True))
        return Go(state, turn.text("use-buttons"))

    async def _take_review(self, turn: Turn, state: DialogState, said: Said) -> Outcome:
        if said.choice == "fix":
            return Go(with_data(state, "fix"))
        if said.choice != "send":
            return Go(state, turn.text("use-buttons"))
        return await self._file(turn, state)

    async def _file(self, turn: Turn, state: DialogState) -> Outcome:
        data, caller, guest = state.data, caller_of(state), state.data.get("guest")
        request = await self._requests.file(
            turn.desk,
            RequestForm(
                type=RequestType(data["type"]),
                subject=data["subject"],
                description=data["description"],
                conditions=conditions_of(state),
                login=data["login"],
                portal_link=data["portal_link"],
                channel=Channel.PHONE if caller else turn.event.channel,
                attachment_ids=tuple(file["id"] for file in data["files"]),
                related=tuple(data["related"]),
                caller=caller,
                hotel_id=guest["hotel"] if guest else None,
            ),
        )
        if guest:
            await filing.tie(turn.scope, request, guest)
        if caller:
            await offer_by_email(turn.desk, request, caller)
        card = self._requests.registered_text(turn.desk, request)
        button = Button(turn.text("button-open-card"), f"r:card:{request.id}")
        return await self._on(turn, state, Reply(card, ((button,),)), request.id)

    async def _on(self, turn: Turn, state: DialogState, done: Reply, request_id: int | None) -> Outcome:
        """One problem is filed or joined: on with the next part of the same message, if there is one."""
        data = state.data
        if request_id is None:
            await self._attachments.drop(turn, [file["id"] for file in data["files"]])
        if not data["queue"]:
            return Finish(done)
        following, *rest = data["queue"]
        carried: dict[str, Any] = {
            key: data[key] for key in ("login", "portal_link", "parts", "caller") if key in data
        }
        if (guest := data.get("guest")) and guest[
            "by"
        ] == filing.FILING:  # opened from his card: all of it is about him
            carried["guest"] = guest
        related = [*data["related"], *filter(None, [request_id])]
        part = start(following, queue=rest, related=related, **carried)
        return replace(await self._described(turn, part), stays=Reply(done.text))


def _looks_like_link(text: str) -> bool:
    host = text.removeprefix("https://").removeprefix("http://").split("/")[0]
    return "." in host.strip(".") and not any(ch.isspace() for ch in text)
