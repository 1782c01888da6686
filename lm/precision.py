"""Which number format a model computes in on this machine."""

from pathlib import Path
from typing import Literal

Precision = Literal["auto", "bf16", "fp32"]
FixedPrecision = Literal["bf16", "fp32"]

_BF16_FLAGS = frozenset({"avx512_bf16", "amx_bf16"})


def choose_precision(wanted: Precision, *, cpuinfo: Path = Path("/proc/cpuinfo")) -> FixedPrecision:
    """The format to compute in: as wanted, and for ``auto`` bf16 only where the CPU multiplies it natively.

    Elsewhere bf16 is emulated and slower than fp32. torch has no public test for this, so the processor's
    flags are read; without a flags file (macOS, Windows) the answer is fp32.
    """
    if wanted != "auto":
        return wanted
    return "bf16" if _BF16_FLAGS & _cpu_flags(cpuinfo) else "fp32"


def _cpu_flags(cpuinfo: Path) -> frozenset[str]:
    try:
        lines = cpuinfo.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return frozenset()
    for line in lines:
        key, _, value = line.partition(":")
        if key.strip() == "flags":
            return frozenset(value.split())
    return frozenset()
