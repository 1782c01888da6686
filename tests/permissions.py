"""Files and folders that may not be read, for root too, whom permissions do not bind by themselves."""

import ctypes
import os
import sys
from contextlib import contextmanager

import pytest

_CAPABILITIES_V3 = 0x20080522
_OVERRIDES = (1 << 1) | (1 << 2)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH


@contextmanager
def permissions_that_count():
    """Have permissions bind this thread, and threads that it starts; programs that it starts are free of them."""
    if sys.platform == "win32" or (os.geteuid() == 0 and sys.platform != "linux"):
        pytest.skip("permissions do not bind this user")
    if os.geteuid():
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_V3, 0)
    sets = (ctypes.c_uint32 * 6)()
    if libc.capget(header, sets):
        pytest.skip("this system does not tell its capabilities")
    effective = sets[0]
    try:
        sets[0] = effective & ~_OVERRIDES
        assert libc.capset(header, sets) == 0
        yield
    finally:
        sets[0] = effective
        assert libc.capset(header, sets) == 0


@contextmanager
def without_access(path):
    """Take all permissions from a file or folder of one's own."""
    with _mode(path, 0):
        yield


@contextmanager
def without_writing(path):
    """Let a file or folder of one's own only be read."""
    with _mode(path, 0o500):
        yield


@contextmanager
def _mode(path, mode):
    before = path.stat().st_mode
    path.chmod(mode)
    try:
        yield
    finally:
        path.chmod(before)
