"""
Recipes of the manual, a module each: the command of the page answers its question, with
real proxies and sockets.
"""
