"""
Fast starts of processes: forks of a Python that has imported the daemon and the client.

A process of tests has one I{template}, which has no reactor yet. A L{Fork} is a copy of
it that runs a program. It saves the second of processor time that the imports take. It
has a process id, arguments, an environment, a directory and standard streams of its
own, and ends as any Python does.

The template runs this file as a script.
"""

import atexit
import contextlib
import fcntl
import functools
import gc
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import IO, Any, NoReturn

#: The template's imports; none installs a reactor.
_MODULES = (
    "echo.client.program.main",
    "echo.tap",
    "encodings.idna",
    "twisted.application.twist._twist",
    "twisted.internet.epollreactor",
    "twisted.scripts.twistd",
)

#: A process id, or an exit status.
_NUMBER = struct.Struct("i")

#: Bytes of the longest request: arguments and environment.
_REQUEST = 2**20


@functools.cache
def _template() -> socket.socket:
    """
    @return: The socket for requests. The template ends when it is closed.
    """
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _REQUEST)
    with its:
        process = subprocess.Popen(
            [sys.executable, "-P", __file__, str(its.fileno())],
            stdin=subprocess.DEVNULL,
            pass_fds=[its.fileno()],
        )
    atexit.register(process.wait)
    atexit.register(ours.close)
    return ours


class Fork:
    """
    A running program, with the interface of L{subprocess.Popen}.

    @ivar stdin: Standard input, if it is a pipe; likewise C{stdout} and C{stderr}.
    """

    def __init__(
        self,
        code: str,
        *arguments: str,
        streams: Sequence[int | None] = (None, None, None),
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] = ".",
        start_new_session: bool = False,
    ) -> None:
        """
        @param code: The program, as for C{python -c}.

        @param streams: The descriptors of the standard streams; C{None} for a pipe.

        @param start_new_session: Make standard input the controlling terminal, too.
        """
        request = {
            "code": code,
            "arguments": arguments,
            "environment": dict(os.environ if env is None else env),
            "directory": os.path.abspath(cwd),  # noqa: PTH100  (it may not exist)
            "session": start_new_session,
        }
        self.returncode: int | None = None
        self._answers, answer = socket.socketpair()
        pipes: list[IO[bytes] | None] = []
        with contextlib.ExitStack() as stack:
            stack.enter_context(answer)
            its = [answer.fileno()]
            for number, stream in enumerate(streams):
                if stream is not None:
                    its.append(stream)
                    pipes.append(None)
                    continue
                read, write = os.pipe()
                mine, other = (read, write) if number else (write, read)
                stack.callback(os.close, other)
                its.append(other)
                pipes.append(os.fdopen(mine, "rb" if number else "wb"))
            socket.send_fds(_template(), [json.dumps(request).encode()], its)
        self.stdin, self.stdout, self.stderr = pipes
        self.pid = self._receive()

    def _receive(self) -> int:
        data = self._answers.recv(_NUMBER.size)
        if not data:
            raise RuntimeError("the template of the forks is gone")
        number: int
        (number,) = _NUMBER.unpack(data)
        return number

    def _look(self, timeout: float | None) -> int | None:
        if (
            self.returncode is None
            and select.select([self._answers], [], [], timeout)[0]
        ):
            self.returncode = self._receive()
            self._answers.close()
        return self.returncode

    def poll(self) -> int | None:
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """
        @raise subprocess.TimeoutExpired: The program still runs.
        """
        status = self._look(timeout)
        if status is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(
        self,
        input: bytes = b"",  # noqa: A002  (as Popen calls it)
        timeout: float | None = None,
    ) -> tuple[bytes, bytes]:
        """
        Write standard input, and read the other streams to their ends.

        @raise subprocess.TimeoutExpired: The program still ran after this time, and was
            killed.
        """
        with ThreadPoolExecutor() as pool:
            pool.submit(_write, self.stdin, input)
            out, err = (pool.submit(_read, each) for each in (self.stdout, self.stderr))
            try:
                self.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()  # ends the threads
                raise
        return out.result(), err.result()


def _write(pipe: IO[bytes] | None, data: bytes) -> None:
    if pipe is not None and not pipe.closed:
        with contextlib.suppress(BrokenPipeError), pipe:
            pipe.write(data)


def _read(pipe: IO[bytes] | None) -> bytes:
    return b"" if pipe is None else pipe.read()


def _serve(control: socket.socket) -> dict[str, Any]:
    """
    Fork for each request, until the socket is closed.

    @return: The request, in its fork only.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # reaps the intermediate forks
    while True:
        data, descriptors, _, _ = socket.recv_fds(control, _REQUEST, 4)
        if not data:
            sys.exit()
        if os.fork() == 0:
            break
        for each in descriptors:
            os.close(each)
    control.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    answer, *streams = descriptors
    pid = os.fork()
    if pid != 0:
        _attend(pid, answer, streams)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(3, max(descriptors) + 1)
    request: dict[str, Any] = json.loads(data)
    return request


def _attend(pid: int, answer: int, streams: list[int]) -> NoReturn:
    """
    Report a fork's id, and its exit status at its end. The process id stays reserved
    until both are read.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for each in streams:
        os.close(each)
    with contextlib.suppress(OSError):  # the tests have ended
        os.write(answer, _NUMBER.pack(pid))
        end = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert end is not None
        status = end.si_status if end.si_code == os.CLD_EXITED else -end.si_status
        os.write(answer, _NUMBER.pack(status))
        os.read(answer, 1)
    os.waitpid(pid, 0)
    os._exit(0)  # skips cleanups, which are the template's


def _become(request: dict[str, Any]) -> str:
    """
    Turn this process into the requested one.

    @return: The program.
    """
    if request["session"]:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    os.chdir(request["directory"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv[:] = ["-c", *request["arguments"]]  # twist holds on to the list itself
    sys.path.insert(0, "")
    # The template's streams have its own files' buffering and encoding.
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        old = getattr(sys, name)
        buffering = 1 if name == "stderr" else -1
        stream = open(  # noqa: SIM115  (a descriptor, which stays open)
            number, old.mode, buffering, old.encoding, old.errors, closefd=False
        )
        setattr(sys, name, stream)
    code: str = request["code"]
    return code


if __name__ == "__main__":
    for _name in _MODULES:
        import_module(_name)
    gc.freeze()  # a collection would copy the shared memory pages
    try:
        _request = _serve(socket.socket(fileno=int(sys.argv[1])))
    except KeyboardInterrupt:  # Ctrl-C goes to all processes of a terminal
        sys.exit()
    exec(_become(_request), {"__name__": "__main__"})  # noqa: S102  (tests wrote it)
