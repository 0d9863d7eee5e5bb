"""
The tests of L{echo.server.http}.
"""
