"""
Tests that take minutes, or need the network. C{trial tests} skips them: their modules
are not called C{test_}. CONTRIBUTING.rst has the command that runs them.
"""
