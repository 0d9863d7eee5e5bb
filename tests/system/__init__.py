"""
Tests with real processes, sockets, proxies and browsers:

 - C{daemon}: the daemon. C{client}: C{echo-client}. C{console}: the page.

 - C{recipes}: the commands of how-to pages, with real proxies.

 - C{test_readme}, C{test_deploy}: what README and C{deploy/} promise.

 - C{pages}: what runs the commands of the manual.

 - C{test_conformance}: the Autobahn testsuite, which needs its command in C{WSTEST}.

 - C{slow}: the pages of the manual, packaging, and C{echo.testing} in other projects;
   run by name only.
"""
