"""
The WebSocket endpoint that people test against, and the client they test with.
"""

__version__ = "0.1.0"
