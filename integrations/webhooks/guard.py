"""Which addresses a webhook may go to: public ones, and the networks that the settings name.

The check happens in the resolver the connection itself uses: what was checked is what is connected to, so a name that
answers differently the second time (DNS rebinding) gains nothing.
"""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from domain.errors import Refused

Network = IPv4Network | IPv6Network
_NAT64 = ip_network("64:ff9b::/96")
_LONGEST_URL = 2000


class ForbiddenAddressError(OSError):
    """A name leads only to addresses that aren't allowed."""


@dataclass(frozen=True, slots=True)
class AddressRules:
    """``networks``: private networks that are allowed all the same. ``http_loopback``: http:// towards this machine."""

    networks: tuple[Network, ...] = ()
    http_loopback: bool = False

    @classmethod
    def of(cls, networks: Sequence[str], *, http_loopback: bool = False) -> "AddressRules":
        return cls(tuple(ip_network(one, strict=False) for one in networks), http_loopback)

    def allows(self, address: str) -> bool:
        """Whether an IP address may be connected to."""
        try:
            ip = _innermost(ip_address(address.partition("%")[0]))
        except ValueError:
            return False
        if any(ip in network for network in self.networks if network.version == ip.version):
            return True
        if ip.is_loopback:
            return self.http_loopback
        return ip.is_global and not ip.is_multicast

    def check(self, address: str) -> URL:
        """The URL, if it may be posted to as far as it tells itself. Refused("webhook-url", why=…)."""
        try:
            url = URL(address)
        except ValueError as error:
            raise Refused("webhook-url", why="unreadable") from error
        if len(address) > _LONGEST_URL or not url.absolute or not url.host:
            raise Refused("webhook-url", why="unreadable")
        if url.user is not None or url.password is not None or url.fragment:
            raise Refused("webhook-url", why="credentials")
        if url.scheme != "https" and not (url.scheme == "http" and self.http_loopback and _is_here(url.host)):
            raise Refused("webhook-url", why="https")
        if _is_literal(url.host) and not self.allows(url.host):
            raise Refused("webhook-url", why="private")
        if url.host.rstrip(".").casefold() == "localhost" and not self.http_loopback:
            raise Refused("webhook-url", why="private")
        return url


class GuardedResolver(AbstractResolver):
    """Resolves names to allowed addresses only."""

    def __init__(self, rules: AddressRules, resolver: AbstractResolver | None = None) -> None:
        self._rules = rules
        self._resolver = resolver or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Addresses to connect to; ForbiddenAddressError when the name has others only."""
        found = await self._resolver.resolve(host, port, family)
        allowed = [one for one in found if self._rules.allows(one["host"])]
        if found and not allowed:
            raise ForbiddenAddressError(f"{host} leads to an address that is not allowed")
        return allowed

    async def close(self) -> None:
        await self._resolver.close()


def _innermost(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one carries: it is where the packets end up."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None) or ip


def _is_literal(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _is_here(host: str) -> bool:
    return host.casefold() == "localhost" or (_is_literal(host) and ip_address(host.strip("[]")).is_loopback)
