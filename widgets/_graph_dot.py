"""Write a graph in the language of Graphviz."""

from collections.abc import Sequence

from widgets._format import visible
from widgets._graph_states import STATES


def dot(
    title: str,
    nodes: Sequence[tuple[str, str, str, Sequence[str]]],
    links: Sequence[tuple[int, int]],
    labels: Sequence[str],
) -> str:
    """Return the text of a directed graph.

    Args:
        title: The graph's label.
        nodes: The id, kind (or ''), state and further facts of each node.
        links: Pairs of nodes, by index.
        labels: The label of each link, or ''.
    """
    lines = [
        "digraph pipeline {",
        f'  graph [label="{_text(title)}", labelloc=t, fontname="Helvetica", charset="UTF-8"];',
        '  node [shape=box, fontname="Helvetica", fontsize=11];',
        '  edge [color="#59636e", fontname="Helvetica", fontsize=9];',
    ]
    for index, (name, kind, state, facts) in enumerate(nodes):
        style = STATES[state]
        shown = r"\n".join(_text(line) for line in (name, kind, ", ".join(facts)) if line)
        look = "rounded,dashed" if style.dashed else "rounded"
        lines.append(
            f'  n{index} [label="{shown}", tooltip="{_text(name)}", style="{look}", '
            f'color="{style.colour}", penwidth={style.border:g}];'
        )
    for (source, target), label in zip(links, labels, strict=True):
        shown = f' [label="{_text(label)}"]' if label else ""
        lines.append(f"  n{source} -> n{target}{shown};")
    return "\n".join([*lines, "}", ""])


def _text(text: str) -> str:
    r"""Return text for a quoted label, where `\` starts an escape and `&` a character reference."""
    return visible(text).replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
