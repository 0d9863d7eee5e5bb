"""
The daemon as a process, with real sockets and independent clients.
"""
