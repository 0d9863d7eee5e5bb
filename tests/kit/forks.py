"""
Processes that start without the second of processor time that their imports take.

A process of tests has one I{template}: a Python that has imported the daemon and the
client, but no reactor. A L{Fork} is a copy of it that runs a program. It has a process
id, arguments, an environment, a directory and standard streams of its own, and it ends
as any Python does.

The template is this file, run as a script.
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

#: What the template imports. Each program installs a reactor of its own.
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

#: The most bytes of a request: arguments and environment.
_REQUEST = 2**20


@functools.cache
def _template() -> socket.socket:
    """
    @return: What takes requests. The template ends when this is closed.
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
    A running program. What there is of it is as in L{subprocess.Popen}.

    @ivar stdin: Its standard input, where that is a pipe; C{stdout} and C{stderr}
        alike.
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
        @param code: The program, as C{python -c} takes it.

        @param streams: The descriptors of its standard streams; C{None} for a pipe.

        @param start_new_session: Make standard input its terminal, too.
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
        """
        @return: The exit status, if there is one.
        """
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """
        @return: The exit status, once there is one.

        @raise subprocess.TimeoutExpired: There is none in that many seconds.
        """
        status = self._look(timeout)
        if status is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        """
        Send it a signal, unless it has ended.
        """
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """
        End it.
        """
        self.send_signal(signal.SIGKILL)

    def communicate(
        self,
        input: bytes = b"",  # noqa: A002  (as Popen calls it)
        timeout: float | None = None,
    ) -> tuple[bytes, bytes]:
        """
        Write standard input, and read the other two, until the end.

        @return: What there was to read.

        @raise subprocess.TimeoutExpired: It has not ended in that many seconds, and
            was killed.
        """
        with ThreadPoolExecutor() as pool:
            pool.submit(_write, self.stdin, input)
            out, err = (pool.submit(_read, each) for each in (self.stdout, self.stderr))
            try:
                self.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()  # which ends the threads
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
    Fork for each request, until nobody can make one any more.

    @return: The request; in its fork only.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # parents end by themselves
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
    Tell the id of a fork, and its exit status once it has ended. There is a process
    of that id until both are read.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for each in streams:
        os.close(each)
    with contextlib.suppress(OSError):  # nobody wants to know any more
        os.write(answer, _NUMBER.pack(pid))
        end = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert end is not None
        status = end.si_status if end.si_code == os.CLD_EXITED else -end.si_status
        os.write(answer, _NUMBER.pack(status))
        os.read(answer, 1)
    os.waitpid(pid, 0)
    os._exit(0)  # nothing here is ours to clean up


def _become(request: dict[str, Any]) -> str:
    """
    Be the process that was asked for.

    @return: The program.
    """
    if request["session"]:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    os.chdir(request["directory"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv[:] = ["-c", *request["arguments"]]  # twist has taken the list itself
    sys.path.insert(0, "")
    # Those of the template took what they know of files from its own.
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
    gc.freeze()  # what nobody changes is shared by all forks
    try:
        _request = _serve(socket.socket(fileno=int(sys.argv[1])))
    except KeyboardInterrupt:  # all of a terminal's processes get it
        sys.exit()
    exec(_become(_request), {"__name__": "__main__"})  # noqa: S102  (tests wrote it)
