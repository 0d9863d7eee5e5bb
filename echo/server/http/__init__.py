"""
The front door: HTTP, and the upgrade.
"""
