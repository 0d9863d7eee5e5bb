"""
Tests for L{echo.client.traffic}.
"""
