"""
The console page, in a real browser, with a daemon: a module a concern.

All share one browser and one daemon per process (L{tests.system.console.browser}).
"""
