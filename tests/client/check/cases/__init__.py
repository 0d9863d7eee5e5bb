"""
Tests for L{echo.client.check.cases}: each case finds the fault that it is made for, and
nothing else.
"""
