"""
Text for people.
"""
