"""
The tests of L{echo.server.fastpath}.
"""
