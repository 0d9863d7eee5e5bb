"""
What a close frame can say (RFC 6455 sections 5.5 and 7.4, and the registry of IANA).
"""

#: Codes that an endpoint may send. 1005, 1006 and 1015 only stand for what was not.
CLOSE_CODES = frozenset({*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)})

#: Bytes of the longest reason beside a code: a control frame has 125.
LONGEST_REASON = 123
