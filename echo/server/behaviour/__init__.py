"""
Misbehaviour on request: the query parameters of C{/socket}.
"""
