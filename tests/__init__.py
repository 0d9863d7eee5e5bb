"""
The tests of L{echo}, run with C{trial tests}.
"""
