"""
The tests of L{echo.client.transport}.
"""
