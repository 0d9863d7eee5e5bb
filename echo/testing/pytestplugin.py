"""
The pytest fixture C{echoServer}, which pytest loads wherever echo is installed.
"""

from collections.abc import Iterator

import pytest

from echo import testing


@pytest.fixture(scope="session")
def echoServer() -> Iterator[str]:
    """
    The URL of a daemon that runs for the whole session.

    For other options, write a fixture around L{testing.echoServer}.
    """
    with testing.echoServer() as url:
        yield url
