"""
Tests of L{echo.server.hooks}.
"""
