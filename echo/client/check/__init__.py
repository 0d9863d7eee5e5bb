"""
Whether a server speaks WebSocket as RFC 6455 has it: cases, and what runs them.
"""
