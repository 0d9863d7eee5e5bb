"""
Tests with real processes, sockets, proxies and browsers.
"""
