"""
What breaks the rules of this package today. These lists only shrink.
"""

#: Modules of more than 300 lines without a reason.
LONG = {
    "echo.engine.server",
    "echo.server.behaviour.performer",
    "echo.server.conversation.protocol",
}

#: Packages whose docstring does not name each of their modules.
UNMAPPED = {
    "echo.server.behaviour",
    "echo.server.conversation",
    "echo.server.fastpath",
    "echo.testing",
}

#: Classes with more than three of our own above them.
BASES: set[str] = set()

#: Ignored errors of mypy about mixins.
IGNORED = 2

#: Modules that replace methods at run time.
REPLACED: set[str] = set()

#: Modules outside its room that use a library's internal names.
INSIDES: set[tuple[str, str]] = set()
