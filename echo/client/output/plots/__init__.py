"""
Plots of a run, drawn by matplotlib.
"""
