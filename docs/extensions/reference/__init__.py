"""
The pages of the manual's reference, made from the code; and all pages as plain text.

    directive     C{.. generated:: SOURCE, ARGUMENT}: the text of a source, parsed
    markup        reStructuredText of plain texts
    options       options, their values and the exit statuses
    server        behaviours, metrics, log events, responses and refusals of the daemon
    client        the records of C{--json}, and the demands of C{echo-client check}
    epytext       reStructuredText of docstrings, for Sphinx's autodoc
    plaintext     C{PAGE.txt} for each page, and C{llms.txt}

A source is a function that returns lines of reStructuredText. Sources import the code
and not Sphinx.
"""

import re

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from reference import plaintext
from reference.directive import Generated
from reference.epytext import converted


def setup(app: Sphinx) -> ExtensionMetadata:
    """
    Sphinx calls it.
    """
    app.add_directive("generated", Generated)
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", _convert)
    app.connect("autodoc-process-signature", _nameInterfaces)
    app.connect("html-page-context", plaintext.link)
    app.connect("build-finished", plaintext.write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _convert(
    app: Sphinx, what: str, name: str, value: object, options: object, lines: list[str]
) -> None:
    lines[:] = converted(lines)


def _nameInterfaces(
    app: Sphinx,
    what: str,
    name: str,
    value: object,
    options: object,
    signature: str | None,
    returns: str | None,
) -> tuple[str | None, str | None]:
    # autodoc shows an interface of zope as the object that it is.
    if signature is not None:
        signature = re.sub(r"<InterfaceClass (?:\w+\.)*(\w+)>", r"\1", signature)
    return signature, returns
