"""
The daemon inside of somebody else's program, in processes of their own.
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
    # SIGINT is the program's own, SIGTERM the reactor's.
    before = {each: signal.getsignal(each) for each in numbers}
    begin()

left = 2
signal.signal(signal.SIGINT, own)
reactor.callWhenRunning(started)
reactor.run()
"""


class EmbeddingTests(SynchronousTestCase):
    """
    The reactor is the program's, and so are the signals.
    """

    def output(self, code: str) -> list[str]:
        """
        @return: The lines that a program prints.
        """
        process = Fork(BEGIN + code)
        out, err = process.communicate(timeout=PATIENCE)
        self.assertEqual((err, process.wait()), (b"", 0))
        return out.decode().splitlines()

    def test_thread(self) -> None:
        """
        Where the reactor runs in a thread, clients are told 1001 all the same, each
        time that the daemon is stopped, and signals stay as they are.
        """
        goodbye = ["Hello", "1001 server shutting down"]
        self.assertEqual(self.output(IN_A_THREAD), [*goodbye, *goodbye, "True True"])

    def test_mainThread(self) -> None:
        """
        Where it runs in the main thread, the handlers that were there before are back
        each time that the daemon has stopped.
        """
        lines = self.output(IN_THE_MAIN_THREAD)
        self.assertEqual(
            sorted(lines),
            sorted(2 * ["Hello", "1001 server shutting down", "True True"]),
        )
