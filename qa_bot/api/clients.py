"""Who asks: addresses behind a reverse proxy, who has signed in there, and how much one address may ask."""

from __future__ import annotations

import ipaddress
import math
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from qa_bot.api.problems import problem
from qa_bot.errors import InputError

__all__ = ["Access", "Peers", "RateLimit", "SignedIn", "is_local", "same_client"]

# An HTTP field name that needs no quoting (RFC 9110, section 5.6.2).
_FIELD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Signs of life are asked for by machines that sign in nowhere.
_OPEN = ("/healthz", "/readyz")
# Seconds' worth of requests that may come at once.
_BURST_S = 12.0
# Addresses that are remembered; the longest unseen is forgotten first.
_REMEMBERED = 65_536


@dataclass(frozen=True, slots=True)
class Access:
    """Who is let in, and how often.

    Attributes:
        proxies: addresses or networks of reverse proxies whose word on clients is taken.
        user_header: the field in which they name who has signed in; who is not named gets 401. `None`: everybody.
        per_minute: requests of one address that are worked on in a minute, for any length of time; 0: any number.
            Of an IPv6 address the first 64 bits count. This machine's own are not limited.
    """

    proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    user_header: str | None = None
    per_minute: int = 300

    def __post_init__(self) -> None:
        """Check.

        Raises:
            InputError: a proxy is no address or network, or the field is none.
        """
        for one in self.proxies:
            try:
                ipaddress.ip_network(one)
            except ValueError as error:
                raise InputError(
                    f"代理 {one} 不是 IP 地址或网段；例：--proxy 10.0.0.5 / "
                    f"The proxy {one} is no IP address or network, such as --proxy 10.0.0.5"
                ) from error
        if self.user_header is not None and not _FIELD.fullmatch(self.user_header):
            raise InputError(
                f"{self.user_header!r} 不能是请求头的名称；例：--user-header X-Remote-User / "
                f"{self.user_header!r} is no name of a header field, such as --user-header X-Remote-User"
            )


class Peers:
    """Takes the word of the proxies on who a client is, and of nobody else.

    Guarantees: behind it `scope["client"]` is the client as the nearest proxy of ours saw it, and the field that
    names a user is there only where a proxy has set it. To be the outermost.

    Args:
        app: to pass requests on to.
        access: whose word is taken.
    """

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._behind = ProxyHeadersMiddleware(app, list(access.proxies))  # type: ignore[arg-type]
        self._networks = [ipaddress.ip_network(one) for one in access.proxies]
        self._field = (access.user_header or "").lower().encode("ascii")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if self._field and scope["type"] != "lifespan" and not self._is_proxy(scope):
            kept = [(name, value) for name, value in scope["headers"] if name != self._field]
            scope = {**scope, "headers": kept}
        await self._behind(scope, receive, send)  # type: ignore[arg-type]

    def _is_proxy(self, scope: Scope) -> bool:
        address = _address(_host(scope))
        return address is not None and any(address in network for network in self._networks)


class SignedIn:
    """Refuses requests that no proxy has named a user for with 401, signs of life excepted.

    Args:
        app: to pass requests on to; behind `Peers`.
        field: that names the user.
    """

    def __init__(self, app: ASGIApp, field: str) -> None:
        self._app = app
        self._name = field
        self._field = field.lower().encode("ascii")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on if somebody has signed in."""
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        named = scope["type"] == "lifespan" or any(
            name == self._field and value.strip() for name, value in scope["headers"]
        )
        if named or path in _OPEN:
            await self._app(scope, receive, send)
            return
        told = (
            f"要先登录：请经反向代理打开，它应设置 {self._name} / "
            f"Sign in first: open it through the reverse proxy, which has to set {self._name}."
        )
        await problem(Request(scope), 401, told)(scope, receive, send)


class RateLimit:
    """Refuses what one address asks beyond its share with 429.

    The Generic Cell Rate Algorithm (ITU-T I.371): one time is kept for each address, at which what it has asked
    so far will have been its share; it may be `_BURST_S` ahead of it. Monotonic time: a clock that is set changes
    nothing.

    Args:
        app: to pass requests on to; behind `Peers`.
        per_minute: requests.
        counts: which requests count.
        clock: seconds.
    """

    def __init__(
        self,
        app: ASGIApp,
        per_minute: int,
        counts: Callable[[Scope], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._each = 60 / per_minute
        self._counts = counts
        self._clock = clock
        self._until: OrderedDict[str, float] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on if its address has asked little enough."""
        if scope["type"] != "http" or not self._counts(scope) or is_local(_host(scope)):
            await self._app(scope, receive, send)
            return
        wait = self._wait(same_client(_host(scope)))
        if not wait:
            await self._app(scope, receive, send)
            return
        seconds = math.ceil(wait)
        told = (
            f"从您的地址问得太频繁，请 {seconds} 秒后再问 / "
            f"Too many requests from your address: try again in {seconds} seconds."
        )
        reply = problem(Request(scope), 429, told, {"Retry-After": str(seconds)})
        await reply(scope, receive, send)

    def _wait(self, client: str) -> float:
        """Seconds until the client may ask; 0 where it may now, which is then counted."""
        now = self._clock()
        until = max(self._until.pop(client, now), now) + self._each
        wait = until - now - max(_BURST_S, self._each)
        self._until[client] = until if wait <= 0 else until - self._each
        while len(self._until) > _REMEMBERED:
            self._until.popitem(last=False)
        return max(wait, 0.0)


def is_local(host: str) -> bool:
    """Whether an address is this machine's own, or no address at all: a socket in the file system."""
    address = _address(host)
    return address is None or address.is_loopback


def same_client(host: str) -> str:
    """What the addresses of one client have in common: of IPv6 the first 64 bits, which a household or office has."""
    address = _address(host)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return host


def _host(scope: Scope) -> str:
    return str((scope.get("client") or ("",))[0])


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
