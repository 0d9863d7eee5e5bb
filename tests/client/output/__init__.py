"""
Tests of C{echo.client.output.streams}, in memory.
"""
