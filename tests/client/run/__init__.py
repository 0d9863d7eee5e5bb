"""
Tests of C{echo.client.run.base}, in memory.
"""
