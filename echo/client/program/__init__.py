"""
The program C{echo-client}: command lines, and the process that runs them.
"""
