"""
Tests for L{echo.client.measure}.
"""
