"""Where the settings pages are, for links that open them once."""

from urllib.parse import urlencode

from app.settings import Settings
from app.sources import LOOPBACK


def page_link(settings: Settings, token: str) -> str | None:
    """The link for somebody anywhere; None where the service has no address that people elsewhere can reach."""
    service = settings.service
    if service.public_url:
        return _link(service.public_url.rstrip("/"), token)
    if service.host in {*LOOPBACK, "0.0.0.0", "::"} or not service.port:  # noqa: S104 - compared, not bound
        return None
    return _link(f"http://{service.host}:{service.port}", token)


def local_link(settings: Settings, token: str) -> str:
    """The same for somebody at this machine."""
    service = settings.service
    return page_link(settings, token) or _link(f"http://127.0.0.1:{service.port}", token)


def _link(base: str, token: str) -> str:
    return f"{base}/bitrix24/app?{urlencode({'link': token})}"
