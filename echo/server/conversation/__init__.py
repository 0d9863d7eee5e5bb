"""
A conversation, after the 101.
"""
