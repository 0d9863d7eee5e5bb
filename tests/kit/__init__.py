"""
The fixtures that several test modules share. No test is in here.

In memory, where the test moves the time:

 - C{frames}, C{handshake}: bytes of both sides, valid and invalid;
   C{framestreams} generates streams of frames.

 - C{reactor}, C{transports}: the reactor, a process's signals, and connections.

 - C{daemon}: C{EchoFixture}, a daemon; its C{Peer} is a client. C{metrics}: one with
   metrics. C{pumping}: daemons with real sockets, which a reactor in memory watches.

 - C{forwarding}: a trusted proxy, and the client's address by its fields.

 - C{client}: C{ClientTestCase}, a client; its C{Server} is scripted by the test.

 - C{runs}: runs and the whole program, in memory; C{events}: the events of a
   part of a run.

 - C{network}: connections of a client to servers in memory. C{referenceserver}: such a
   server, which keeps RFC 6455. C{check}: conformance checks of servers.

 - C{samples}, C{times}: summaries, distributions and durations of a client; C{reports}:
   what reports write of them.

 - C{credentials}: names and values with credentials, and without.

With real sockets:

 - C{servers}: WebSocket servers and scripted TCP servers on threads; C{proxies}:
   proxies before them.

 - C{processes}: daemon and C{echo-client} as processes; C{forks} starts them quickly.

 - C{browser}: Chromium with the console page; C{axe}: its accessibility.

 - C{certificates}: an authority, and certificates of servers and clients.

 - C{readme}: README.rst and its code blocks.
"""
