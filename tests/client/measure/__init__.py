"""
Tests of C{echo.client.measure}, in memory.
"""
