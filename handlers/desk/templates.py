"""Support's templates: the usual answers by name, with the few words filled in that differ each time."""

from domain.errors import Refused
from domain.requests import Request
from handlers.people import People
from handlers.rights import Rights
from handlers.scope import Scope
from storage import templates as rows
from storage.templates import Template

NAME_CHARS = 40
TEXT_CHARS = 3000
FIELDS = ("номер", "number", "имя", "name", "тема", "subject")
"""What may stand between per cent signs: «%имя%, по %номер% …»."""


class Templates:
    """Keeping, finding and filling templates."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._rights = Rights(people)

    async def listed(self, scope: Scope) -> list[Template]:
        """All templates of the desk, by name."""
        await self._rights.check(scope, "template")
        return await rows.listed(scope.tx, scope.portal.id)

    async def save(self, scope: Scope, name: str, text: str) -> str:
        """Keep a template (one of the same name is replaced); returns its name as kept."""
        await self._rights.check(scope, "template_edit")
        name, text = " ".join(name.split())[:NAME_CHARS], scope.clean(text)[:TEXT_CHARS]
        if not name or not text:
            raise Refused("template-incomplete")
        by = scope.actor.id if scope.actor else None
        await rows.save(scope.tx, scope.portal.id, name, fold(name), text, by=by, now=scope.now)
        return name

    async def remove(self, scope: Scope, name: str) -> None:
        """Forget a template."""
        await self._rights.check(scope, "template_edit")
        if not await rows.remove(scope.tx, scope.portal.id, fold(name)):
            raise Refused("no-such-template", name=name)

    async def find(self, scope: Scope, name: str) -> Template:
        """By name, or by how its name begins when only one does."""
        wanted, all_ = fold(name), await self.listed(scope)
        fitting = [one for one in all_ if fold(one.name) == wanted]
        fitting = fitting or [one for one in all_ if fold(one.name).startswith(wanted)]
        if len(fitting) != 1 or not wanted:
            raise Refused("no-such-template", name=name)
        return fitting[0]

    async def filled(self, scope: Scope, template_id: int, request: Request) -> str:
        """The template's words for one request."""
        await self._rights.check(scope, "template", request)
        template = await rows.load(scope.tx, scope.portal.id, template_id)
        if template is None:
            raise Refused("no-such-template", name="")
        person = await self._people.load(scope, request.requester_id) if request.requester_id else None
        name = person.name if person else ""
        values = (request.number, request.number, name, name, request.subject, request.subject)
        english = person is not None and person.language == "en"
        text = (template.text_en if english else "") or template.text
        for field, value in zip(FIELDS, values, strict=True):
            text = text.replace(f"%{field}%", value)
        return text


def fold(name: str) -> str:
    """How names are compared."""
    return " ".join(name.casefold().replace("ё", "е").split())
