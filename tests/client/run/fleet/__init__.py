"""
Tests for L{echo.client.run.fleet}.
"""
