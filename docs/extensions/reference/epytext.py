"""
reStructuredText of the epytext in the code's docstrings: as much of it as they use.
"""

import re

# L{target}, L{text<target>}, C{code}. Braces inside are balanced, one level deep.
_INLINE = re.compile(r"\b[CL]\{((?:[^{}]|\{[^{}]*\})*)\}")
_LINK = re.compile(r"(.*?)\s*<[^>]*>", re.DOTALL)
_FIELD = re.compile(r"^(\s*)@(\w+)(?: ([^:]+))?:", re.MULTILINE)
_FIELDS = {
    "cvar": "cvar",
    "ivar": "ivar",
    "param": "param",
    "raise": "raises",
    "return": "returns",
}


def converted(lines: list[str]) -> list[str]:
    """
    @param lines: A docstring, without common indentation.
    """
    text = _INLINE.sub(_literal, "\n".join(lines))
    return _FIELD.sub(_field, text).split("\n")


def _literal(match: re.Match[str]) -> str:
    inner = match[1]
    link = _LINK.fullmatch(inner) if match[0].startswith("L") else None
    return f"``{' '.join((link[1] if link else inner).split())}``"


def _field(match: re.Match[str]) -> str:
    indentation, kind, argument = match.groups()
    name = f"{_FIELDS[kind]} {argument}" if argument else _FIELDS[kind]
    return f"{indentation}:{name}:"
