"""
How the C codec is compiled: setuptools calls L{builder} (C{setup.py}).

Without a C compiler nothing is built, and the Python codec runs.
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
    # -O3 turns the loops over bytes into SIMD instructions.
    extra_compile_args=["-std=c11", "-D_GNU_SOURCE", "-O3", "-fvisibility=hidden"],
    optional=True,
)
