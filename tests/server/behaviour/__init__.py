"""
The tests of L{echo.server.behaviour}.
"""
