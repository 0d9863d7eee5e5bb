"""
What pytest loads wherever echo is installed: the fixture C{echoServer}.
"""

from collections.abc import Iterator

import pytest

from echo import testing


@pytest.fixture(scope="session")
def echoServer() -> Iterator[str]:
    """
    The URL of an echo server, the same for the whole session.

    For one with other switches, have a fixture around L{testing.echoServer}.
    """
    with testing.echoServer() as url:
        yield url
