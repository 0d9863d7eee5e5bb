"""
The daemon in a program that runs the reactor itself.
"""

from twisted.trial.unittest import SynchronousTestCase

from tests.kit.forks import Fork
from tests.kit.processes import PATIENCE

BEGIN = """
import signal, threading
from twisted.internet import reactor
from twisted.internet.threads import blockingCallFromThread
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from echo.child import parse, start, url

numbers = signal.SIGINT, signal.SIGTERM

def own(number, frame): pass

def hold(daemon):
    with connect(url(daemon), proxy=None) as client:
        client.send("Hello")
        print(client.recv(), flush=True)
        leave()
        try:
            client.recv()
        except ConnectionClosed as error:
            print(error.rcvd.code, error.rcvd.reason)
"""

IN_A_THREAD = """
for each in numbers: signal.signal(each, own)
thread = threading.Thread(target=reactor.run, args=[False], daemon=True)
thread.start()
daemon = blockingCallFromThread(reactor, lambda: start(parse(["--drain=30s"]), reactor))
for _ in range(2):
    def leave():
        threading.Thread(
            target=blockingCallFromThread, args=(reactor, daemon.stopService)
        ).start()
    hold(daemon)
    blockingCallFromThread(reactor, daemon.stopService)
    blockingCallFromThread(reactor, daemon.startService)
reactor.callFromThread(reactor.stop)
thread.join()
print(*(signal.getsignal(each) is own for each in numbers))
"""

IN_THE_MAIN_THREAD = """
def leave(): reactor.callFromThread(stop)

def begin():
    global client
    client = threading.Thread(target=hold, args=[daemon])
    client.start()

def stop(): daemon.stopService().addCallback(lambda _: stopped())

def stopped():
    global left
    print(*(signal.getsignal(each) is before[each] for each in numbers))
    left -= 1
    if left:
        daemon.startService()
        begin()
    else:
        reactor.stop()

def started():
    global daemon, before
    daemon = start(parse(["--drain=30s"]), reactor)
    # The program handles SIGINT, and the reactor SIGTERM.
    before = {each: signal.getsignal(each) for each in numbers}
    begin()

left = 2
signal.signal(signal.SIGINT, own)
reactor.callWhenRunning(started)
reactor.run()
"""


class EmbeddingTests(SynchronousTestCase):
    """
    Signal handlers, and stops, in such a program.
    """

    def output(self, code: str) -> list[str]:
        """
        @return: The lines of the program's output.
        """
        process = Fork(BEGIN + code)
        out, err = process.communicate(timeout=PATIENCE)
        self.assertEqual((err, process.wait()), (b"", 0))
        return out.decode().splitlines()

    def test_reactorInThreadKeepsHandlers(self) -> None:
        """
        Each stop closes clients with 1001.
        """
        goodbye = ["Hello", "1001 server shutting down"]
        self.assertEqual(self.output(IN_A_THREAD), [*goodbye, *goodbye, "True True"])

    def test_reactorInMainThreadRestoresHandlers(self) -> None:
        """
        After each stop.
        """
        lines = self.output(IN_THE_MAIN_THREAD)
        self.assertEqual(
            sorted(lines),
            sorted(2 * ["Hello", "1001 server shutting down", "True True"]),
        )
