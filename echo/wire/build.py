"""
How L{echo.wire} is compiled: setuptools asks for L{builder} (C{setup.py}).

Where there is no compiler, nothing is built, and the daemon runs without.
"""

from pathlib import Path

from cffi import FFI

_HERE = Path("echo", "wire")

builder = FFI()
builder.cdef((_HERE / "wire.h").read_text("ascii"))
builder.set_source(
    "echo.wire._wire",
    '#include "wire.h"',
    sources=[str(_HERE / name) for name in ("codec.c", "pump.c")],
    depends=[str(_HERE / "wire.h")],
    include_dirs=[str(_HERE)],
    # -O3: its loops over bytes become wide instructions.
    extra_compile_args=["-std=c11", "-D_GNU_SOURCE", "-O3", "-fvisibility=hidden"],
    optional=True,
)
