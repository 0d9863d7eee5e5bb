"""
Tests of C{echo.client.run.run}, in memory.
"""
