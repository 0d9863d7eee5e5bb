"""
The tests of L{echo}, run with C{trial tests}.
"""

from pathlib import Path

from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

# A busy machine is no defect, and a test that failed must fail again.
settings.register_profile("echo", deadline=None, derandomize=True, database=None)
settings.load_profile("echo")

# All processes of tests share what is found out about Unicode, which takes a second.
set_hypothesis_home_dir(Path(__file__).parent.parent / ".hypothesis")
