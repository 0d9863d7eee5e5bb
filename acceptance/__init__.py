"""
The tests that take minutes, or the network: C{trial acceptance} runs them, and
C{trial tests} does not.
"""
