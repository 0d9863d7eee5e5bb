"""
The tests of L{echo}, run with C{trial tests}.
"""

from hypothesis import settings

# A busy machine is no defect, and a test that failed must fail again.
settings.register_profile("echo", deadline=None, derandomize=True, database=None)
settings.load_profile("echo")
