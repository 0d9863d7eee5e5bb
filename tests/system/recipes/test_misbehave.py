"""
How does a client see a misbehaving server?
"""

import re
import shlex

from tests.kit.processes import ROOT
from tests.system.pages.parser import blocks
from tests.system.recipes.recipes import RecipeTestCase

_PAGE = ROOT / "docs" / "howto" / "misbehaving-server.rst"


class MisbehaveTests(RecipeTestCase):
    """
    The commands of the page on misbehaving servers, with more exact claims than its
    screens make.
    """

    def command(self, local: str, text: str, *more: str) -> list[str]:
        """
        @param local: Host and port of the daemon.

        @return: The arguments of the first command that contains a text.
        """
        commands = [
            command.text
            for block in blocks(_PAGE)
            for command in block.commands()
            if text in command.text
        ]
        return [*more, *shlex.split(commands[0].replace("localhost:8080", local))[1:]]

    def test_faults(self) -> None:
        local = f"127.0.0.1:{self.daemon().port()}"
        late, closed, reset, deaf, refused = self.runAll(
            self.command(local, "?delay=", "--timeout=1m"),
            self.command(local, "?close=4001&reason="),
            self.command(local, "?abort="),
            self.command(local, "?nopong="),
            self.command(local, "?status="),
        )
        self.assertEqual(late.status, 0, late.err)
        least = min(float(each) for each in re.findall(r"time=([\d.]+) ms", late.out))
        self.assertGreaterEqual(least, 2000)
        self.assertEqual(closed.status, 6, closed.err)
        self.assertIn("4001", closed.err)
        self.assertIn("enough", closed.err)
        self.assertIn("3 received", closed.out)
        self.assertEqual(reset.status, 6, reset.err)
        self.assertIn("1006", reset.err)
        self.assertIn("3 received", reset.out)
        self.assertEqual(deaf.status, 1, deaf.err)
        self.assertIn("1 received", deaf.out)
        self.assertEqual(refused.status, 4, refused.err)
        self.assertIn("503", refused.err)
