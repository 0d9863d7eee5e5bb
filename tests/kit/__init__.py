"""
The fixtures that tests of several rooms share. Those of one room stand in that room.
No test stands here.

In memory, where the test moves the time:

 - C{frames}, C{handshake}: bytes of both sides, valid and invalid;
   C{framestreams} generates streams of frames.

 - C{reactor}, C{transports}: the reactor, a process's signals, and connections.

 - C{daemon}: C{EchoFixture}, a daemon; its C{Peer} is a client. C{metrics}: one with
   metrics. C{pumping}: daemons with real sockets, which a reactor in memory watches.

 - C{client}: C{ClientTestCase}, a client; its C{Server} is scripted by the test.
   C{runs}: runs of C{echo-client}, and the whole program.

 - C{network}: connections of a client to servers in memory. C{referenceserver}: such a
   server, which keeps RFC 6455.

 - C{samples}: summaries and distributions of a client.

 - C{credentials}: names and values with credentials, and without.

With real sockets:

 - C{servers}: WebSocket servers and scripted TCP servers on threads.

 - C{processes}: daemon and C{echo-client} as processes; C{forks} starts them quickly.

 - C{certificates}: an authority, and certificates of servers and clients.
"""
