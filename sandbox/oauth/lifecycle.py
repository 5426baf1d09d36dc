"""What happens to an application on a portal: installed, finished, updated, opened, deleted, and who is posted what.

Source documents: settings/app-installation/**, settings/oauth/simple-way.md, common/events/on-app-*.md,
widgets/_includes/widget_data.md.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson

from sandbox.oauth.office import CloudOffice
from sandbox.oauth.state import Cloud
from sandbox.portal.applications import Application
from sandbox.portal.calls import RestError
from sandbox.portal.documents import APPLICATION, bots, event_handlers, offline_events, placements
from sandbox.portal.eventing import tell
from sandbox.portal.forms import encode
from sandbox.portal.methods.application import forget_options
from sandbox.portal.methods.bot import remove_bot
from sandbox.portal.people import get_user, is_admin
from sandbox.portal.state import Portal
from sandbox.portal.stores import Document
from sandbox.portal.texts import LANGUAGE

DEFAULT = "DEFAULT"
SESSIONS_KEPT = 1000


@dataclass(frozen=True)
class Sending:
    """A form post that a browser or the server makes."""

    url: str
    form: list[tuple[str, str]]
    sid: str = ""
    """APP_SID of a frame."""


@dataclass(frozen=True)
class Session:
    """One showing of an application in a frame: what its APP_SID stands for."""

    client_id: str
    member_id: str
    user_id: int
    placement: str
    options: dict[str, Any]
    access: str


class Lifecycle:
    """All of it for every portal of one cloud."""

    def __init__(self, cloud: Cloud, office: CloudOffice) -> None:
        self._cloud, self._office = cloud, office
        self.sessions: OrderedDict[str, Session] = OrderedDict()

    def installed(self, entry: Document, app: Document) -> Document:
        """The installation. RestError 404 when the portal does not have this application."""
        found = self._cloud.installation(app["id"], entry["id"])
        if found is None:
            raise RestError("NOT_INSTALLED", f"{app['id']} is not installed on {entry['name']}", 404)
        return found

    def install(self, entry: Document, app: Document, user_id: int) -> Sending:
        """Add the application, or open its installer again, as an administrator → what is posted.

        kind no-ui: installed at once, and the server posts ONAPPINSTALL to the install path. kind ui: the browser
        posts the frame to the install page; INSTALLED waits for `finish`.
        """
        portal = self._cloud.portal(entry)
        _check_admin(portal, user_id)
        if not app["install_url"]:
            raise RestError("NO_INSTALL_URL", "The application has no install_url")
        found = self._cloud.installation(app["id"], entry["id"])
        installation = found or self._add(entry, app, user_id)
        if app["kind"] == "ui":
            return self._frame(portal, installation, user_id, app["install_url"], DEFAULT, None)
        return Sending(app["install_url"], encode(self._install_body(portal, installation)))

    def _add(self, entry: Document, app: Document, user_id: int) -> Document:
        return self._cloud.installations.insert(
            {
                "id": f"{app['id']}@{entry['id']}",
                "client_id": app["id"],
                "member_id": entry["id"],
                "serial": self._cloud.next_id("installation_serials"),
                "version": app["version"],
                "scopes": list(app["scopes"]),
                "application_token": secrets.token_hex(16),
                "installed": app["kind"] == "no-ui",
                "user_id": user_id,
                "payment_required": False,
                "pending": "ONAPPINSTALL" if app["kind"] == "ui" else "",
                "previous_version": app["version"],
            }
        )

    def _install_body(self, portal: Portal, installation: Document) -> dict[str, Any]:
        application = self._application(portal, installation)
        auth = self._office.auth(
            portal, application, installation["user_id"], scope=" ".join(installation["scopes"]), refresh=True
        )
        return {
            "event": "ONAPPINSTALL",
            "data": self._install_data(installation),
            "ts": int(portal.now().timestamp()),
            "auth": auth,
        }

    @staticmethod
    def _install_data(installation: Document) -> dict[str, Any]:
        return {
            "VERSION": installation["version"],
            "ACTIVE": "Y",
            "INSTALLED": "Y" if installation["installed"] else "N",
            "LANGUAGE_ID": LANGUAGE,
        }

    def _application(self, portal: Portal, installation: Document) -> Application:
        application = self._office.application(portal, installation["client_id"])
        assert application is not None
        return application

    def finish(self, entry: Document, app: Document, *, tell_app: bool = True) -> bool:
        """What BX24.installFinish() does: INSTALLED, and the waiting event goes out. False: nothing to finish."""
        installation = self.installed(entry, app)
        if app["kind"] != "ui" or installation["installed"]:
            return False
        event, installation["installed"], installation["pending"] = installation["pending"], True, ""
        self._cloud.installations.save(installation)
        if tell_app and event == "ONAPPUPDATE":
            self._tell_update(entry, app, self._handlers(entry, app, event))
        elif tell_app:
            self.tell_install(entry, app)
        return True

    def tell_install(self, entry: Document, app: Document) -> int:
        """ONAPPINSTALL to its handlers → how many there are."""
        installation = self.installed(entry, app)
        handlers = self._handlers(entry, app, "ONAPPINSTALL")
        return self._tell(entry, installation, handlers, "ONAPPINSTALL", self._install_data(installation))

    def _tell_update(self, entry: Document, app: Document, handlers: list[Document]) -> None:
        installation = self.installed(entry, app)
        data = {
            "VERSION": installation["version"],
            "PREVIOUS_VERSION": installation["previous_version"],
            "LANGUAGE_ID": LANGUAGE,
        }
        self._tell(entry, installation, handlers, "ONAPPUPDATE", data)

    def _tell(
        self,
        entry: Document,
        installation: Document,
        handlers: list[Document],
        event: str,
        data: dict[str, Any],
    ) -> int:
        portal = self._cloud.portal(entry)
        application = self._application(portal, installation)
        scope = " ".join(installation["scopes"])
        for handler in handlers:
            portal.spawn(tell(portal, application, handler, event, data, installation["user_id"], scope))
        return len(handlers)

    def _handlers(self, entry: Document, app: Document, event: str) -> list[Document]:
        """Bound ones and the one of the version card, each address once."""
        bound = event_handlers(self._cloud.portal(entry)).find("event", event)
        found = [dict(one) for one in bound if one["client_id"] == app["id"] and not one["offline"]]
        if app["event_url"] and app["event_url"] not in {one["handler"] for one in found}:
            found.append({"handler": app["event_url"]})
        return found

    def update(
        self,
        entry: Document,
        app: Document,
        *,
        version: int | None,
        scopes: list[str] | None,
        installer: bool,
    ) -> Sending | None:
        """A new version: handlers and widgets go, the application token changes; with ``installer`` → its frame.

        documents silent: to whom ONAPPUPDATE goes when the handlers are gone (here: those bound before and the
        version card's) and whether the installer is opened (the caller says).
        """
        installation = self.installed(entry, app)
        portal = self._cloud.portal(entry)
        handlers = self._handlers(entry, app, "ONAPPUPDATE")
        self._wipe(portal, app)
        installation |= {
            "previous_version": installation["version"],
            "version": version or installation["version"] + 1,
            "scopes": list(installation["scopes"] if scopes is None else scopes),
            "application_token": secrets.token_hex(16),
        }
        wants_page = installer and app["kind"] == "ui"
        if wants_page:
            installation |= {"installed": False, "pending": "ONAPPUPDATE"}
        self._cloud.installations.save(installation)
        if wants_page:
            user_id = installation["user_id"]
            return self._frame(portal, installation, user_id, app["install_url"], DEFAULT, None)
        self._tell_update(entry, app, handlers)
        return None

    def _wipe(self, portal: Portal, app: Document) -> None:
        for store in (event_handlers(portal), placements(portal)):
            for found in store.find("client", app["id"]):
                store.remove(found["id"])

    def uninstall(self, entry: Document, app: Document, *, clean: bool) -> int:
        """The application goes with its tokens, handlers, widgets, queue and bots → how many are told.

        ONAPPUNINSTALL has no tokens; the application's own token is its only proof.
        """
        installation, portal = self.installed(entry, app), self._cloud.portal(entry)
        handlers = self._handlers(entry, app, "ONAPPUNINSTALL") if installation["installed"] else []
        auth = self._office.auth(portal, self._application(portal, installation), None)
        auth = {key: value for key, value in auth.items() if key not in {"scope", "status"}}
        self._cloud.installations.remove(installation["id"])
        self._wipe(portal, app)
        for event in offline_events(portal).find("client", app["id"]):
            offline_events(portal).remove(event["id"])
        for bot in bots(portal).find("token", APPLICATION + app["id"]):
            remove_bot(portal, bot)  # documents silent: that the bots go at once, and that no bot is told
        if clean:
            forget_options(portal, app["id"])
        data = {"LANGUAGE_ID": LANGUAGE, "CLEAN": int(clean)}
        for handler in handlers:
            body = {
                "event": "ONAPPUNINSTALL",
                "data": data,
                "ts": int(portal.now().timestamp()),
                "auth": auth,
            }
            portal.spawn(self._post(portal, handler["handler"], body))
        return len(handlers)

    async def _post(self, portal: Portal, url: str, body: dict[str, Any]) -> None:
        await self._office.post(portal, url, body)

    def open(
        self, entry: Document, app: Document, user_id: int, placement: str, options: dict[str, Any] | None
    ) -> Sending:
        """The frame's post when a user opens the application's page, or one of its bound widgets.

        RestError 409 for what people see before the installation is finished, 404 for a widget nobody bound.
        """
        portal, installation = self._cloud.portal(entry), self.installed(entry, app)
        get_user(portal, user_id)
        if not installation["installed"]:
            if placement == DEFAULT and is_admin(portal, user_id):
                return self._frame(portal, installation, user_id, app["install_url"], DEFAULT, None)
            text = "The application is not fully installed yet. Please contact your Bitrix24 administrator"
            raise RestError("NOT_FULLY_INSTALLED", text, 409)
        url = app["app_url"]
        if placement != DEFAULT:
            bound = placements(portal).find("client", app["id"])
            found = [one for one in bound if one["placement"] == placement]
            if not found:
                raise RestError("NOT_BOUND", f"Nothing is bound to {placement}", 404)
            url = found[0]["handler"]
        if not url:
            raise RestError("NO_APP_URL", "The application has no page of its own")
        return self._frame(portal, installation, user_id, url, placement, options)

    def _frame(
        self,
        portal: Portal,
        installation: Document,
        user_id: int,
        url: str,
        placement: str,
        options: dict[str, Any] | None,
    ) -> Sending:
        app, entry = (
            self._cloud.app(installation["client_id"]),
            self._cloud.portals.get(portal.config.member_id),
        )
        assert entry is not None
        grant, sid = self._cloud.tokens.issue(installation, user_id), secrets.token_hex(16)
        query = {
            "DOMAIN": self._cloud.domain(entry),
            "PROTOCOL": "1" if self._cloud.base_url.startswith("https") else "0",
            "LANG": LANGUAGE,
            "APP_SID": sid,
        }
        form = {
            "AUTH_ID": grant["id"],
            "AUTH_EXPIRES": int(grant["until"] - self._cloud.timestamp()),
            "REFRESH_ID": grant["refresh"],
            "SERVER_ENDPOINT": self._cloud.server_endpoint(),
            "APPLICATION_TOKEN": installation["application_token"],
            "APPLICATION_SCOPE": ",".join(installation["scopes"]),
            "member_id": entry["id"],
            "status": app["status"],
            "PLACEMENT": placement,
        }
        if options is not None or placement != DEFAULT:
            form["PLACEMENT_OPTIONS"] = orjson.dumps(options or {}).decode()
        session = Session(app["id"], entry["id"], user_id, placement, options or {}, grant["id"])
        self.sessions[sid] = session
        while len(self.sessions) > SESSIONS_KEPT:
            self.sessions.popitem(last=False)
        joint = "&" if "?" in url else "?"
        return Sending(f"{url}{joint}{urlencode(query)}", encode(form), sid)


def _check_admin(portal: Portal, user_id: int) -> None:
    if not is_admin(portal, user_id):
        raise RestError("ACCESS_DENIED", "Only an administrator installs applications", 403)
