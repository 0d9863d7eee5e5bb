"""
Autobahn, mended, for both sides.
"""
