"""
What a run does.
"""
