"""
C{echo-client} as a process, with independent servers.
"""
