"""
Tests of C{echo.client.run}, in memory.
"""
