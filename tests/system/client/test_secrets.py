"""
Credentials: C{echo-client} shows none.
"""

from tests.kit.processes import (
    ClientProcessTestCase,
    ClientRun,
    freePort,
)
from tests.kit.servers import (
    ScriptedServer,
    WebSocketServer,
    inTurn,
    readRequest,
    send,
)


class SecretTests(ClientProcessTestCase):
    """
    Credentials in URLs and header fields.
    """

    SECRETS = ("s3cret", "t0ken", "b3arer", "k00kie", "czNjcmV0")

    def secret(self, url: str) -> tuple[str, ...]:
        """
        @return: Arguments full of credentials.
        """
        where = url.replace("ws://", "ws://user:s3cret@").replace("/socket", "/")
        return (
            *("-H", "Authorization: Bearer b3arer", "-H", "Cookie: session=k00kie"),
            f"{where}?room=public&token=t0ken",
        )

    def assertSecret(self, *runs: tuple[int, tuple[str, ...]]) -> list[ClientRun]:
        """
        Assert that runs show no credential.

        @param runs: Exit status and arguments of each.
        """
        results = self.runAll(*(arguments for _, arguments in runs))
        for (status, _), run in zip(runs, results, strict=True):
            self.assertEqual(run.status, status, run.err)
            for secret in self.SECRETS:
                self.assertNotIn(secret, run.out)
                self.assertNotIn(secret, run.err)
        return results

    def test_notInOutput(self) -> None:
        """
        The rest of URL and fields is shown.
        """
        secret = self.secret(WebSocketServer(self).url)
        once = ("-c1", "-i0")
        text, data, *_ = self.assertSecret(
            (0, ("-v", *once, *secret)),
            (0, ("-v", "--json", *once, *secret)),
            (0, ("--hold", "-w", "1s", *secret)),
            (0, ("--connections", "2", "-v", "--json", *once, *secret)),
        )
        self.assertIn("> GET /?room=public&token=*** HTTP/1.1", text.errorLines)
        self.assertIn("> Authorization: Bearer ***", text.errorLines)
        self.assertIn("room=public", data.records[0]["url"])

    def test_shownOnRequest(self) -> None:
        secret = self.secret(WebSocketServer(self).url)
        shows = ("--show-secrets", "-c1", "-i0", *secret)
        for run in self.runAll(["-v", *shows], ["--json", *shows]):
            for shown in ("t0ken", "b3arer", "k00kie"):
                self.assertIn(shown, run.out + run.err)

    def test_notInErrors(self) -> None:
        redirect = inTurn(
            readRequest,
            send(
                b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"
                b"Location: wss://user:s3cret@other.example/?room=public&token=t0ken\r\n\r\n"
            ),
        )
        elsewhere = self.secret(ScriptedServer(self, redirect).url)
        nobody = self.secret(f"ws://127.0.0.1:{freePort()}/socket")
        first, *others = self.assertSecret(
            (4, elsewhere),
            (4, ("-v", "--json", *elsewhere)),
            (4, ("check", "--json", *elsewhere)),
            (3, ("-v", *nobody)),
            (3, ("--connections", "2", "--json", *nobody)),
            (3, ("--json", *self.secret("ws://nowhere.invalid/socket"))),
        )
        self.assertIn("other.example/?room=public", first.err)
        for run in others:
            self.assertTrue(run.out or run.errorLines)

    def test_notInUsageErrors(self) -> None:
        for run in self.assertSecret(
            (2, self.secret("ws://127.0.0.1:99999/socket")),
            (2, self.secret("https://127.0.0.1/socket")),
            (2, ("wss//user:s3cret@127.0.0.1/?token=t0ken",)),
            (2, ("-H", "Authorization Bearer b3arer")),
        ):
            self.assertEqual(len(run.errorLines), 1)
