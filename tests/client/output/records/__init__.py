"""
Tests of C{echo.client.output.records.write}.
"""
