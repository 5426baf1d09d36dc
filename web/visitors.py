"""Who asks for a page: the address behind our own proxies, and the language."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from aiohttp import web

LANGUAGES = ("ru", "en")
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
Network = IPv4Network | IPv6Network


def networks(proxies: Sequence[str]) -> tuple[Network, ...]:
    """The proxies that may tell a visitor's address; this machine always may."""
    return (*LOOPBACK, *(ip_network(one, strict=False) for one in proxies))


def address_of(request: web.Request, trusted: Sequence[Network]) -> str:
    """The visitor's address.

    ``X-Forwarded-For`` counts only as far as the chain is ours: read from its right end, the first address that is
    no proxy of ours is the visitor's; whatever he wrote himself stands left of it and is not believed.
    """
    address = _plain(request.remote or "")
    hops = [hop.strip() for line in request.headers.getall("X-Forwarded-For", ()) for hop in line.split(",")]
    while hops and _within(address, trusted):
        hop = _plain(hops.pop())
        if not _is_address(hop):
            break
        address = hop
    return address


def language_of(request: web.Request) -> str:
    """``?lang=``, else the first of our languages that the browser asks for; Russian otherwise."""
    wanted = request.query.get("lang", "")
    if wanted in LANGUAGES:
        return wanted
    ranked = []
    for place, part in enumerate(request.headers.get("Accept-Language", "").split(",")[:20]):
        name, _, quality = part.strip().partition(";q=")
        ranked.append((-_quality(quality), place, name.casefold().split("-")[0]))
    return next((name for worth, _, name in sorted(ranked) if name in LANGUAGES and worth < 0), LANGUAGES[0])


def _quality(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _within(address: str, trusted: Sequence[Network]) -> bool:
    return _is_address(address) and any(ip_address(address) in network for network in trusted)


def _plain(address: str) -> str:
    """An IPv4 address that came over IPv6 is itself again; ports and brackets go."""
    address = address.strip().strip('"')
    if address.startswith("["):
        address = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        address = address.partition(":")[0]
    return address.removeprefix("::ffff:") if "." in address else address
