"""
The tests of L{echo.testing}.
"""
