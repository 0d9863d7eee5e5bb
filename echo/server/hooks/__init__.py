"""
Hooks: the methods that a service overrides. The daemon calls each of them, or refuses
the class when it starts.

    hookrules         which of Autobahn's hooks are called, and which end the fast path
    serviceclass      makes the class of all conversations from a service's class
    onconnect         C{onConnect}: call, result or C{ConnectionDeny}, time-out
    hookfailures      the log of an exception, and the name of the hook that raised it

L{echo.server.conversation} uses these modules, and they do not import it.
"""
