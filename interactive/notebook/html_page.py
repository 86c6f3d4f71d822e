"""An executed notebook as one HTML file that fetches nothing and needs no scripts to be read."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from nbformat import NotebookNode

# Whatever an output contains, the browser must not go to the network for it. Inline scripts and styles,
# data: and blob: are what self-contained widgets need; `unsafe-eval` covers WebAssembly in older browsers.
CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'unsafe-inline' 'unsafe-eval' data: blob:",
        "style-src 'unsafe-inline' data:",
        "img-src data: blob:",
        "font-src data:",
        "media-src data: blob:",
        "frame-src data: blob:",
        "worker-src data: blob:",
        "connect-src data: blob:",
        "base-uri 'none'",
        "form-action 'none'",
    )
)

# The blocks that would load require.js, MathJax, Mermaid and the widget manager from other hosts.
_TEMPLATE = f"""
{{%- extends 'index.html.j2' -%}}
{{%- block html_head_js -%}}
<meta http-equiv="Content-Security-Policy" content="{CONTENT_POLICY}" />
{{%- endblock html_head_js -%}}
{{%- block jupyter_widgets -%}}{{%- endblock jupyter_widgets -%}}
{{%- block html_head_js_mathjax -%}}{{%- endblock html_head_js_mathjax -%}}
{{%- block html_head_js_mermaidjs -%}}{{%- endblock html_head_js_mermaidjs -%}}
"""

# No widget-view and no application/javascript: both are blank without the scripts left out above.
_DISPLAY_PRIORITY = (
    "text/html",
    "text/markdown",
    "image/svg+xml",
    "text/latex",
    "image/png",
    "image/jpeg",
    "text/plain",
)


def notebook_to_html(notebook: NotebookNode, *, title: str, folder: Path) -> str:
    """Renders a notebook as a standalone page.

    Local pictures of Markdown cells are put into the page. Formulas stay in TeX, because typesetting
    them would take a script from elsewhere.

    Args:
      notebook: The notebook, with its outputs.
      title: The page's title, unless the notebook's metadata has one.
      folder: Where relative paths of pictures start.

    Returns:
      The page's text, UTF-8 declared.
    """
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    config = Config({"NbConvertBase": {"display_data_priority": list(_DISPLAY_PRIORITY)}})
    exporter = HTMLExporter(config=config, template_name="lab", embed_images=True)
    exporter.raw_template = _TEMPLATE
    resources = {"metadata": {"name": title, "path": str(folder)}}
    with warnings.catch_warnings():
        # Outputs that are nothing but a script, such as the one that TFMA shows on import, are left out.
        warnings.filterwarnings("ignore", message="Your element with mimetype", category=UserWarning)
        page, _ = exporter.from_notebook_node(notebook, resources=resources)
    return str(page)
