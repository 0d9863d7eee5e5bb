"""
The tests of L{echo.client.program}.
"""
