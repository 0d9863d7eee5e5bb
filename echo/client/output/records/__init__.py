"""
JSON records for programs.
"""
