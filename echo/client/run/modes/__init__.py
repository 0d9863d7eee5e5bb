"""
The runs of the program, one class a mode.
"""
