"""
Rules for the code itself, read with C{ast}: which room may import which, whose
internal names stand where, and how large modules and classes may grow.

L{code<tests.architecture.code>} reads the modules of C{echo/}. Each test lists what
breaks a rule, so that a failure names the module and the line to change.
"""
