"""
The WebSocket endpoint that people test against, the client they test with, and the base
of their own services, on Twisted and Autobahn.

The programs:

    tap             C{twistd echo}: the only module that joins all parts of server
    __main__        C{python -m echo} and C{wsecho}: C{twistd echo} in the foreground
    server          front door, conversations, misbehaviour, metrics, console
    client          the library, and the program C{echo-client}
    testing         the daemon in other projects' tests
    child           the daemon as a child process of those tests

What both sides use:

    engine          Autobahn, mended: the only package that uses its internal names
    wire            the data path in C, and the same in Python
    writebuffer     the write buffer of Twisted's sockets: internal names of Twisted

Command lines:

    usage           options with values from the environment
    option          one option as plain data
    helptext        the layout of C{--help}
    environment     warnings about unknown C{ECHO_*} variables
    units           sizes, times, rates and counts, as texts

Texts of peers, and other terms of the protocols:

    printable       escapes for logs and terminals
    redact          hides credentials in URLs, header fields and subprotocols
    credentials     the words that redact searches for
    closecodes      valid close codes, and the longest reason
    httptokens      tokens of HTTP
    opensslerrors   the reasons in OpenSSL's errors

Each package's docstring is its map. C{server} and C{client} do not import each other.
The modules that both use import neither C{server} nor C{client}.
"""

__version__ = "0.1.0"
