"""
The parts of the build that setup.cfg cannot express: the optional C extension, and the
tag of the wheel, which depends on it.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel


class Wheel(bdist_wheel):
    """
    A wheel with a tag for its content: with or without the C extension.
    """

    def get_tag(self) -> tuple[str, str, str]:
        """
        @return: C{cp311-abi3} with an extension for the stable ABI, C{py3-none-any}
            without an extension, else the platform's own tag.
        """
        python, abi, platform = super().get_tag()
        compiled = list(Path(self.bdist_dir).glob("echo/wire/_wire*"))
        if not compiled:
            self.root_is_pure = True  # setuptools writes it into the file WHEEL
            return "py3", "none", "any"
        if compiled[0].name == "_wire.abi3.so":
            return "cp311", "abi3", platform
        return python, abi, platform


setup(cffi_modules=["echo/wire/build.py:builder"], cmdclass={"bdist_wheel": Wheel})
