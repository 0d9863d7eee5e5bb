"""
The questions of README.rst, a module a question: the command of each answers it, with
real proxies and sockets.
"""
