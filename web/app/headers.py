"""What the browser is told about our pages: who may frame them, what may run in them, what is kept."""

from urllib.parse import urlsplit

CLOUDS = (
    "ru", "com", "by", "kz", "ua", "eu", "de", "fr", "es", "it", "pl", "in", "cn", "jp", "vn", "id", "uk", "mx",
    "com.br", "com.tr", "co",
)  # fmt: skip
ANY_PORTAL = " ".join(f"https://*.bitrix24.{cloud}" for cloud in CLOUDS)
"""A policy can't say ``*.bitrix24.*``; for pages shown before the portal is known."""


def origin_of(url: str) -> str:
    """The origin of a portal's address, as a policy wants it; empty when there is none."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} and parts.netloc else ""


def headers(portal_url: str | None, language: str, nonce: str) -> dict[str, str]:
    """For a page of this portal; None: the portal isn't known yet. Never X-Frame-Options: it knows no list."""
    framers = ANY_PORTAL if portal_url is None else origin_of(portal_url)
    policy = "; ".join(
        [
            "default-src 'none'",
            "style-src 'self'",
            f"script-src 'self' 'nonce-{nonce}'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            f"frame-ancestors 'self' {framers}".rstrip(),
        ]
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "Content-Language": language,
    }
