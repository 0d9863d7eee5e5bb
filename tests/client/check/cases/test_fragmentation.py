"""
Tests of the cases of fragments.
"""

from tests.client.check.checking import CheckTestCase
from tests.client.check.faultyservers.messages import (
    KeepsFirstOpcode,
    NoFragmentCheck,
    RefusesEmptyFragments,
    RefusesFifthFragment,
)


class FragmentationTests(CheckTestCase):
    """
    A server with one fault fails exactly the cases of that fault.
    """

    def test_fragmentsOutOfOrderAccepted(self) -> None:
        self.assertFound(
            NoFragmentCheck,
            [
                *("a continuation of nothing", "a first fragment that"),
                *("a continuation after", "a message within"),
            ],
        )

    def test_validFragmentsRefusedOrAltered(self) -> None:
        self.assertFound(RefusesFifthFragment, ["five fragments"])
        self.assertFound(RefusesEmptyFragments, ["empty fragments alone"])
        self.assertFound(KeepsFirstOpcode, ["messages in fragments and"])
