"""
The tests of L{echo.engine}.
"""
