"""
What the daemon counts, and how Prometheus gets it.
"""
