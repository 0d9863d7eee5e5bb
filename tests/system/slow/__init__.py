"""
Tests that take minutes, or need the network. C{trial tests} skips them: their modules
are not called C{test_}. Run them with C{trial tests.system.slow.manual
tests.system.slow.packaging tests.system.slow.presets tests.system.slow.testing}.
"""
