"""One request to a page by somebody who is known: his words, his rights, the page he gets back."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode

from aiohttp import web
from markupsafe import Markup

from domain.people import Role
from domain.ports import Texts
from handlers.settings.viewers import Viewer
from web.app.sessions import Session

ROOT = "/bitrix24/app"


class Renderer(Protocol):
    """Draws a template for a visit."""

    def __call__(
        self, visit: "Visit", template: str, status: int, values: Mapping[str, Any]
    ) -> web.Response: ...


@dataclass(frozen=True, slots=True)
class Visit:
    """A request. ``data``: the fields of a posted form; its CSRF token has been checked. ``token``: the session, signed."""

    request: web.Request
    viewer: Viewer
    session: Session
    csrf: str
    token: str
    texts: Texts
    renderer: Renderer
    data: Mapping[str, Any] = field(default_factory=dict)
    banners: Sequence[str] = ()

    @property
    def language(self) -> str:
        return self.viewer.language

    def text(self, key: str, /, **params: object) -> Markup:
        """A text of ours in the reader's language; what is put into it is escaped."""
        return Markup(self.texts(key, self.language, **params))  # noqa: S704 - escaped on the way in

    def maybe(self, key: str, /, **params: object) -> Markup:
        """The same, empty where there is no such text."""
        try:
            return self.text(key, **params)
        except KeyError:
            return Markup("")

    def fault(self, code: str, /, **params: object) -> Markup:
        """An error's words."""
        try:
            return self.text(f"error-{code}", **params)
        except (KeyError, ValueError):
            return self.text("page-fault", code=code)

    def name(self, key: str) -> str:
        """A part of the path: ``{code}`` of ``hotels/{code}``."""
        return self.request.match_info.get(key, "")

    def posted(self, key: str) -> str:
        """A posted field as text; empty when it isn't there or is no text."""
        value = self.data.get(key, "")
        return value if isinstance(value, str) else ""

    @property
    def version(self) -> int:
        """The settings' version that the posted form was made from."""
        text = self.posted("version")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    def page(self, template: str, status: int = 200, /, **values: Any) -> web.Response:
        """A page. Templates get ``visit``, ``t`` (texts), ``url`` and ``values``."""
        return self.renderer(self, template, status, values)

    def go(self, path: str, told: str = "", **query: object) -> web.Response:
        """To another page after a change; ``told``: a text ``told-…`` that it shows at its top."""
        asked = {**query, **({"told": told} if told else {})}
        target = url(path) + (f"?{urlencode(asked)}" if asked else "")
        return web.Response(status=303, headers={"Location": target, "Cache-Control": "no-store"})


def url(path: str = "") -> str:
    """The address of a page of ours."""
    return f"{ROOT}/{path}" if path else ROOT


Handler = Callable[[Visit], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its path below the root, what GET shows and POST does, who may beside admins, its menu entry.

    ``menu``: the text key of the entry (the path must be without variables); ``group``: the text key it stands under.
    ``roles``: who may open it besides the portal's admins and the role ``admin``; changing settings asks once more.
    ``of_item``: a page of the CRM tab, open to whoever may see that item, and to no other session.
    """

    path: str
    show: Handler | None = None
    send: Handler | None = None
    roles: frozenset[Role] = frozenset()
    menu: str = ""
    group: str = ""
    of_item: bool = False
