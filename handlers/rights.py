"""Who the actor is to a request, and whether the table of rights lets him do what he asks for."""

from domain import rights
from domain.people import Person, Role
from domain.requests import Part, Request
from domain.rights import Place, Standing
from handlers.people import People
from handlers.scope import Scope


class Rights:
    """Asks `domain.rights` with what the database knows."""

    def __init__(self, people: People) -> None:
        self._people = people

    async def representatives(self, scope: Scope, request: Request) -> list[Person]:
        """Who confirms closings for the customer; nobody named means the requester does it himself."""
        named = await self._people.with_role(scope, Role.REPRESENTATIVE, portal_id=request.home_id)
        return [
            one for one in named if Standing.REPRESENTATIVE in rights.standings(one, scope.portal, request)
        ]

    async def of(self, scope: Scope, person: Person | None, request: Request | None) -> frozenset[Standing]:
        """How a person stands towards a request, or towards the desk."""
        represented = request is None or bool(await self.representatives(scope, request))
        return rights.standings(person, scope.portal, request, represented=represented)

    async def parts(self, scope: Scope, request: Request, person: Person | None = None) -> frozenset[Part]:
        """The parts the actor (or ``person``) plays in a request's life."""
        return rights.parts_of(await self.of(scope, person or scope.actor, request))

    async def allows(self, scope: Scope, name: str, request: Request | None = None) -> bool:
        """Whether the actor holds a right."""
        return rights.allows(name, await self.of(scope, scope.actor, request))

    async def check(
        self, scope: Scope, name: str, request: Request | None = None, place: Place = Place.PRIVATE
    ) -> None:
        """Refused when the actor doesn't hold the right, or not in this place."""
        rights.check(name, await self.of(scope, scope.actor, request), place)
