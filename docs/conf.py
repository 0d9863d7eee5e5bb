"""
How Sphinx builds the manual.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

from echo import __version__ as release

project = "echo"
author = "The echo maintainers"
project_copyright = "The echo maintainers"
extensions = ["reference"]
html_theme = "furo"
html_title = f"echo {release}"
html_copy_source = False
exclude_patterns = ["extensions", "newsfragments"]
default_role = "literal"
# It would turn the dashes of options into a long one.
smartquotes = False
nitpicky = True
# The types in signatures are those of other projects, or have no page of their own.
nitpick_ignore_regex = [("py:.*", ".*")]
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
maximum_signature_line_length = 78
