"""
The fields of a close frame (RFC 6455 sections 5.5 and 7.4, and IANA's registry).
"""

#: Codes that an endpoint may send. 1005, 1006 and 1015 are for reports only: they never
#: stand in a frame.
CLOSE_CODES = frozenset({*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)})

#: Bytes of the longest reason: a control frame holds 125, and the code takes two.
LONGEST_REASON = 123
