"""
Tests of L{echo.wire}.
"""
