"""
Each page of the HTML as plain text beside it, C{PAGE.txt}, and C{llms.txt}, a list of
all pages in the form of llmstxt.org. Every link is relative.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.io import StringOutput
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.text import TextBuilder
from sphinx.environment import BuildEnvironment
from sphinx.writers.text import TextWriter

_OTHER = "Each page is plain text. The same address with .html is for browsers."


def write(app: Sphinx, error: Exception | None) -> None:
    """
    Write all files. Sphinx calls it at the end of a build.
    """
    if error is not None or app.builder.name != "html":
        return
    builder = TextBuilder(app, app.env)
    builder.init()
    for name in sorted(app.env.found_docs):
        writer = TextWriter(builder)
        page = app.env.get_and_resolve_doctree(name, builder)
        path = Path(app.outdir, f"{name}.txt")
        text = writer.write(page, StringOutput(encoding="unicode"))
        path.write_text(text, "utf-8")
    text = "\n".join(_list(app.env, app.config.root_doc))
    Path(app.outdir, "llms.txt").write_text(text, "utf-8")


def link(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object
) -> None:
    """
    Name the plain text in the head of a page. Sphinx calls it for each page.
    """
    if doctree is not None:  # not the search page
        href = f"{page.rpartition('/')[2]}.txt"
        tag = f'<link rel="alternate" type="text/plain" href="{href}">'
        context["metatags"] = context.get("metatags", "") + tag


def _list(env: BuildEnvironment, root: str) -> Iterator[str]:
    index = env.get_doctree(root)
    yield f"# {env.titles[root].astext()}"
    yield ""
    yield f"> {_first(index)}"
    yield ""
    yield _OTHER
    yield ""
    for tree in index.findall(addnodes.toctree):
        yield f"## {tree['caption']}"
        yield ""
        for name in tree["includefiles"]:
            title, answer = env.titles[name].astext(), _first(env.get_doctree(name))
            yield f"- [{title}]({name}.txt): {answer}"
        yield ""


def _first(page: nodes.document) -> str:
    """
    @return: The first paragraph of a page, in one line: its answer.
    """
    top = next(page.findall(nodes.section))
    paragraph = next(each for each in top if isinstance(each, nodes.paragraph))
    return " ".join(paragraph.astext().split())
