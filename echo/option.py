"""
One option of a command line, as plain data, for C{--help}, the manual and completion.

L{echo.usage} makes it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Option:
    """
    One option.

    @ivar name: The long name, without dashes.

    @ivar short: The letter of the short name; empty without one.

    @ivar placeholder: The name of the value, for example C{SIZE}; empty for a flag.

    @ivar text: What the option does.

    @ivar default: The value without the option; empty for a flag, and for no value.

    @ivar variable: The environment variable; empty for C{--help} and C{--version},
        which have none.

    @ivar isRepeatable: Whether the option may be repeated.

    @ivar group: The title of the group in C{--help}.
    """

    name: str
    short: str
    placeholder: str
    text: str
    default: str
    variable: str
    isRepeatable: bool
    group: str

    @property
    def spelling(self) -> str:
        """
        The long name with the placeholder: C{--max-message SIZE}.
        """
        return f"--{self.name} {self.placeholder}".rstrip()
