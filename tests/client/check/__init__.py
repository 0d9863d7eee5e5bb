"""
Tests of what judges servers.
"""
