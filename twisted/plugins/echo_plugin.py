"""
Tells C{twistd} and C{twist} about C{echo}, and imports nothing of it until asked.
"""

from twisted.application.service import ServiceMaker

echo = ServiceMaker("echo", "echo.tap", "A WebSocket echo server.", "echo")
