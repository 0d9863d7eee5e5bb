"""
Tests of C{echo.client.output.text.lines}.
"""
