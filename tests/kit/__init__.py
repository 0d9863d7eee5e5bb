"""
What tests share: transports in memory, peers, processes, browsers.
"""
