"""
The client: a library to talk to a WebSocket, and the program built on it.
"""
