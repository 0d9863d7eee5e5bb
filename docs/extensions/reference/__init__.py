"""
The pages of the manual's reference, made from the code.

    directive     C{.. generated:: SOURCE, ARGUMENT}: the text of a source, parsed
    markup        reStructuredText of plain texts
    options       options, their values and the exit statuses
    server        behaviours, metrics, log events, responses and refusals of the daemon
    client        the records of C{--json}, and the demands of C{echo-client check}

A source is a function that returns lines of reStructuredText. Sources import the code
and not Sphinx.
"""

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from reference.directive import Generated


def setup(app: Sphinx) -> ExtensionMetadata:
    """
    Sphinx calls it.
    """
    app.add_directive("generated", Generated)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
