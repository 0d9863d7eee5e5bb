"""
The parts of the build that setup.cfg cannot express: the optional C extension, the tag
of the wheel, which depends on it, and the files that are made from the options.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build import build


class Build(build):
    """
    A build with man pages and completion.
    """

    def run(self) -> None:
        super().run()
        target = Path(self.build_base, "pages")
        shutil.rmtree(target, ignore_errors=True)
        paths = filter(None, (os.environ.get("PYTHONPATH"), "docs/extensions"))
        # A process of its own: it has stubs in the place of some modules.
        subprocess.run(  # noqa: S603  the arguments are fixed
            [sys.executable, "-m", "commandline", str(target)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            check=True,
        )
        files = [path for path in target.rglob("*") if path.is_file()]
        self.distribution.data_files = [
            (str(path.parent.relative_to(target)), [str(path)]) for path in files
        ]


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


setup(
    cffi_modules=["echo/wire/build.py:builder"],
    cmdclass={"build": Build, "bdist_wheel": Wheel},
)
