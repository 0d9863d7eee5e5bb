"""
The Autobahn testsuite, the judge of WebSocket implementations, on ours.

The command that runs it, C{wstest}, is taken from C{WSTEST}; without it these tests
are skipped, which C{.ci/run} does not let pass where there is a testsuite. By default
the cases that take their time are left out; C{WSTEST_CASES=full} runs all 517,
C{WSTEST_CASES="1.* 9.1.1"} some.
"""
