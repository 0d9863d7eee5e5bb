"""
Tests of C{echo.client.run.modes}.
"""
