"""
The tests of L{echo.server.conversation}.
"""
