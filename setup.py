"""
What setup.cfg cannot say: that a part of the package is compiled, if it can be.
"""

from setuptools import setup

setup(cffi_modules=["echo/wire/build.py:builder"])
