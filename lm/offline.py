"""Keeps this process off the network: whatever would reach another machine is refused before the system is asked.

By an audit hook, which every socket of the interpreter passes, whoever opened it: a library that was not asked to be
silent is held as well. Not held are sockets that a library written in another language opens by itself; of those we
use, llama.cpp's server listens on the loopback interface only. A process that is started later is not held either:
ours begin with `block_network` themselves.
"""

import functools
import ipaddress
import os
import socket
import sys
from collections.abc import Callable

from lm.errors import LMError

# Which argument of an event is the address, or the name to look up.
_ADDRESSED = {"socket.connect": 1, "socket.bind": 1, "socket.sendto": 1, "socket.sendmsg": 1}
_LOOKED_UP = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}


class NetworkBlocked(LMError, OSError):
    """Something would have reached another machine while offline. Clients take it for a connection that failed."""


def block_network(*, spares_loopback: bool = True) -> Callable[[], None]:
    """Refuse every socket from now on, but those of this machine; returns how to end that.

    May be called again: the network is free when every caller has ended it.

    Args:
        spares_loopback: let 127.0.0.0/8, ::1 and localhost be reached. Local sockets that are files always may.
    """
    return _guard().hold(spares_loopback)


class _Guard:
    """The hook. There is one for a process, because a hook cannot be taken away again."""

    def __init__(self) -> None:
        self._holders: list[bool] = []

    def hold(self, spares_loopback: bool) -> Callable[[], None]:
        self._holders.append(spares_loopback)
        ends = iter([self._holders.remove])

        def end() -> None:
            for remove in ends:
                remove(spares_loopback)

        return end

    def __call__(self, event: str, args: tuple[object, ...]) -> None:
        """Judge one event of the interpreter; most are none of ours, so the first look is a cheap one."""
        if event[:7] != "socket." or not self._holders:
            return
        if event in _LOOKED_UP:
            _require_local(_host_of(args[0]), all(self._holders))
        elif event in _ADDRESSED and not _is_file(args[0]):
            address = args[_ADDRESSED[event]]
            if address is not None:  # a socket that is connected already: its address was looked at then
                _require_local(_host_of(address), all(self._holders))


@functools.cache
def _guard() -> _Guard:
    guard = _Guard()
    sys.addaudithook(guard)
    return guard


def _is_file(opened: object) -> bool:
    """Whether a socket is a file of this machine."""
    unix = getattr(socket, "AF_UNIX", None)
    return unix is not None and getattr(opened, "family", None) == unix


def _host_of(address: object) -> str | None:
    """The host of an address, or of a name to look up; None: no host was named, which means this machine."""
    host = address[0] if isinstance(address, tuple) and address else address
    if host is None:
        return None
    return os.fsdecode(bytes(host)) if isinstance(host, (bytes, bytearray)) else str(host)


def _require_local(host: str | None, spares_loopback: bool) -> None:
    """Let the loopback interface be, where it is spared.

    Raises:
        NetworkBlocked: the host is another machine, or all of this one's networks.
    """
    if spares_loopback and (host is None or is_loopback(host)):
        return
    shown = "an unnamed host" if host is None else repr(host)
    raise NetworkBlocked(
        f"offline: {shown} was not reached, because this process must not use the network",
        hint="unset offline (--offline, WELLREAD_OFFLINE, offline in wellread.toml), or name an endpoint on 127.0.0.1",
    )


def is_loopback(host: str) -> bool:
    """Whether a host, as it is written, can only be this machine; other spellings of it are refused, not guessed."""
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
