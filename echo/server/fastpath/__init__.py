"""
Plain messages, without Autobahn.
"""
