"""
Tests for L{echo.client.run.probe}.
"""
