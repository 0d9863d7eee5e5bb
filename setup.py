"""
What setup.cfg cannot say: that a part of the package is compiled, if it can be, and
which interpreters the wheel is for then.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel


class Wheel(bdist_wheel):
    """
    Tags the wheel by what was compiled.
    """

    def get_tag(self) -> tuple[str, str, str]:
        """
        @return: C{cp311-abi3} where cffi has used the stable ABI, C{py3-none-any} where
            there was no compiler.
        """
        python, abi, platform = super().get_tag()
        compiled = list(Path(self.bdist_dir).glob("echo/wire/_wire*"))
        if not compiled:
            self.root_is_pure = True  # the file WHEEL says so, too
            return "py3", "none", "any"
        if compiled[0].name == "_wire.abi3.so":
            return "cp311", "abi3", platform
        return python, abi, platform


setup(cffi_modules=["echo/wire/build.py:builder"], cmdclass={"bdist_wheel": Wheel})
