"""
The daemon: what C{twistd echo} runs.
"""
