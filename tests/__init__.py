"""
The tests of L{echo}; C{trial tests} runs them.

C{client}, C{engine}, C{server}, C{wire}, C{testing} and the modules here mirror
C{echo/} and run in memory. C{system} has processes, browsers and proxies.
C{architecture} reads the code. C{kit} has the shared fixtures.
"""

from pathlib import Path

from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

# No deadline: machines may be busy. Derandomised, so that a failure repeats.
settings.register_profile("echo", deadline=None, derandomize=True, database=None)
settings.load_profile("echo")

# All test processes share Hypothesis's Unicode tables, which take a second to compute.
set_hypothesis_home_dir(Path(__file__).parent.parent / ".hypothesis")
