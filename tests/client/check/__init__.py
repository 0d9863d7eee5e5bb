"""
Tests for L{echo.client.check}, with servers in memory.
"""
