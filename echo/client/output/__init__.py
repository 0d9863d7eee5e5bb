"""
What is told of a run, to people and to programs.
"""
