"""
The directive that puts the text of a source into a page.
"""

from collections.abc import Callable, Iterator, Mapping

from docutils.nodes import Node
from sphinx.util.docutils import SphinxDirective

from reference import client, options, server

SOURCES: Mapping[str, Callable[..., Iterator[str]]] = {
    "options": options.group,
    "values": options.values,
    "statuses": options.statuses,
    "behaviours": server.behaviours,
    "metrics": server.metrics,
    "events": server.events,
    "fields": server.fields,
    "reasons": server.reasons,
    "hooks": server.hooks,
    "responses of /socket": server.socketResponses,
    "responses to malformed requests": server.malformedResponses,
    "records": client.records,
    "parts of records": client.parts,
    "demands": client.demands,
}


class Generated(SphinxDirective):
    """
    C{.. generated:: SOURCE, ARGUMENT, ...}: the lines of a source, as if they stood in
    the page.
    """

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[Node]:
        name, *arguments = self.arguments[0].split(", ")
        text = "\n".join(SOURCES[name](*arguments))
        return self.parse_text_to_nodes(text, allow_section_headings=True)
