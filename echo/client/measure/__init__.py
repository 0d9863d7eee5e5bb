"""
What is measured, and what it must come to: plain data.
"""
