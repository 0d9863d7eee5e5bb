"""
The tests that take minutes, or the network. C{trial tests} leaves them out, because the
names of their modules do not begin with C{test_}. A command of their own runs them:
C{trial tests.system.slow.packaging tests.system.slow.testing}.
"""
