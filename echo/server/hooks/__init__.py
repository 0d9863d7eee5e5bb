"""
Hooks: the methods that a service overrides, and how the daemon keeps its promise to
call each of them or to refuse the class.

    hookrules         which of Autobahn's hooks are called, and which end the fast path
    serviceclass      the class of a factory's conversations: a subclass of a service's
    onconnect         C{onConnect}: the call, its result, and the time for it
    hookfailures      the log of an exception, and the name of the hook that raised it

L{echo.server.conversation} uses these modules. They do not import it: they get the
service's class, or a conversation.
"""
