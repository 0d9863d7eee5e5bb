"""
Tests of C{echo.client.output.plots}.
"""
