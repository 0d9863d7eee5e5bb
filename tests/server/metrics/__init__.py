"""
The tests of L{echo.server.metrics}.
"""
