import itertools
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.widgets.html_check import HOSTILE, read, stripped
from tests.widgets.test_pictures import contrast
from widgets import GraphEdge, GraphNode, GraphView
from widgets._format import quoted, visible
from widgets._graph_states import STATES

SVG = "{http://www.w3.org/2000/svg}"

NODES = [
    GraphNode("CsvExampleGen", "cached", seconds=0.04, execution_id=1, outputs=["examples"]),
    GraphNode("StatisticsGen", "complete", seconds=1.21, execution_id=2, outputs=["statistics"]),
    GraphNode("SchemaGen", "complete", seconds=0.3, execution_id=3, outputs=["schema"]),
    GraphNode("require_measurements", "complete", kind="PythonFunction", seconds=0.05, outputs=["schema"]),
    GraphNode("ExampleValidator", "failed", seconds=0.3, execution_id=5, detail="Column 'sex' is missing."),
    GraphNode("Transform", "stale", seconds=12.3, detail="preprocessing_fn has changed since."),
    GraphNode("Trainer", "running", seconds=83, progress=0.45, outputs=["model", "model_run"]),
    GraphNode("Evaluator", "queued"),
    GraphNode("Pusher", "not run", kind="Pusher"),
]
EDGES = [
    GraphEdge("CsvExampleGen", "StatisticsGen", "examples"),
    GraphEdge("StatisticsGen", "SchemaGen", "statistics"),
    GraphEdge("SchemaGen", "require_measurements", "schema"),
    GraphEdge("StatisticsGen", "ExampleValidator", "statistics"),
    GraphEdge("require_measurements", "ExampleValidator", "schema"),
    GraphEdge("CsvExampleGen", "Transform", "examples"),
    GraphEdge("require_measurements", "Transform", "schema"),
    GraphEdge("Transform", "Trainer", "transformed_examples"),
    GraphEdge("Transform", "Trainer", "transform_graph"),
    GraphEdge("require_measurements", "Trainer", "schema"),
    GraphEdge("CsvExampleGen", "Evaluator", "examples"),
    GraphEdge("Trainer", "Evaluator", "model"),
    GraphEdge("Trainer", "Pusher", "model"),
    GraphEdge("Evaluator", "Pusher", "blessing"),
]
PENGUINS = GraphView(NODES, EDGES, title="penguins")


def checked(html):
    """Read a view's HTML strictly; beyond what other views have, a graph groups shapes in bare `<g>`s."""
    for attributes in re.findall(r"<g\b([^>]*)>", html):
        assert re.fullmatch(r'( transform="translate\([\d. ]+\)")?', attributes)
    return read(re.sub(r"</?g\b[^>]*>", "", html))


def picture(view):
    """Return the picture, parsed as the XML that it has to be."""
    found = re.search(r"<svg.*?</svg>", view.to_html(), re.DOTALL)
    return ET.fromstring(found[0].replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1))


def drawn_nodes(view):
    """Return the hint and the shown texts of each node."""
    groups = [g for g in picture(view).iter(f"{SVG}g") if g.find(f"{SVG}rect") is not None]
    return [(g.find(f"{SVG}title").text, [t.text for t in g.findall(f"{SVG}text")]) for g in groups]


def all_texts(view):
    return [text.text for text in picture(view).iter(f"{SVG}text")]


def test_every_node_shows_its_id_its_type_and_its_state():
    assert [texts for _, texts in drawn_nodes(PENGUINS)] == [
        ["CsvExampleGen", "cached \u00b7 0.04 s"],
        ["StatisticsGen", "complete \u00b7 1.21 s"],
        ["SchemaGen", "complete \u00b7 0.30 s"],
        ["require_measurements", "PythonFunction", "complete \u00b7 0.05 s"],
        ["ExampleValidator", "failed \u00b7 0.30 s"],
        ["Transform", "stale \u00b7 12.3 s"],
        ["Trainer", "running \u00b7 45% \u00b7 1 min 23 s"],
        ["Evaluator", "queued"],
        ["Pusher", "not run"],
    ]


def test_hovering_a_node_tells_the_rest():
    hints = [hint for hint, _ in drawn_nodes(PENGUINS)]
    assert hints[4] == "ExampleValidator\nfailed, 0.30 s\nExecution 5\nColumn 'sex' is missing."
    assert hints[6] == "Trainer\nrunning, 45%, 1 min 23 s\nOutputs: model, model_run"


def test_every_connection_is_drawn_with_what_flows():
    texts = all_texts(PENGUINS)
    assert texts.count("examples") == 3
    assert texts.count("schema") == 4
    assert texts.count("model") == 2
    assert "transformed_examples" in texts
    assert "transform_graph" in texts


def test_the_graph_fits_a_notebook():
    svg = picture(PENGUINS)
    assert float(svg.get("width")) <= 708
    assert float(svg.get("height")) <= 900
    assert svg.get("viewBox") == f"0 0 {svg.get('width')} {svg.get('height')}"
    assert "max-width:100%" in svg.get("style")


def test_progress_is_a_bar():
    whole, done = (rect for rect in picture(PENGUINS).iter(f"{SVG}rect") if rect.get("height") == "3")
    assert float(done.get("width")) == pytest.approx(0.45 * float(whole.get("width")), abs=0.06)
    idle = GraphView([GraphNode("a", "complete", progress=1.0)], [])
    assert not [rect for rect in picture(idle).iter(f"{SVG}rect") if rect.get("height") == "3"]


def test_the_legend_has_the_states_that_are_there():
    legend = [text for text in all_texts(PENGUINS) if text.endswith(")")]
    assert legend == [
        "complete (3)",
        "cached (1)",
        "running (1)",
        "queued (1)",
        "stale (1)",
        "failed (1)",
        "not run (1)",
    ]


def test_the_table_says_it_all_in_the_order_of_the_pipeline():
    page = checked(PENGUINS.to_html())
    assert page.headings == ["penguins"]
    assert "9 nodes, 13 connections" in page.text
    assert page.summaries == ["Table of 9 nodes"]
    rows = page.table("Nodes")
    assert rows[0] == ["Node", "State", "Takes", "Time", "Detail", "Outputs", "Execution", "Type"]
    assert rows[7] == [
        "Trainer",
        "running",
        "transformed_examples, transform_graph from Transform, schema from require_measurements",
        "45%, 1 min 23 s",
        "\u2014",
        "model, model_run",
        "\u2014",
        "\u2014",
    ]


def test_a_failure_is_said_beside_the_picture():
    assert "ExampleValidator failed: Column 'sex' is missing." in checked(PENGUINS.to_html()).text


def test_without_styles_and_pictures_the_table_is_left():
    rows = read(stripped(re.sub(r"</?g\b[^>]*>", "", PENGUINS.to_html()))).table("Nodes")
    assert [row[:2] for row in rows[1:4]] == [
        ["CsvExampleGen", "cached"],
        ["StatisticsGen", "complete"],
        ["SchemaGen", "complete"],
    ]


def test_the_text_is_a_list_in_the_order_of_the_pipeline():
    shuffled = GraphView([NODES[2], NODES[1], NODES[4]], [EDGES[1], EDGES[3]], title="a part")
    assert shuffled.text() == (
        "a part\n======\n\n"
        "3 nodes, 2 connections: 2 complete, 1 failed\n\n"
        "  StatisticsGen: complete, 1.21 s\n"
        "  SchemaGen: complete, 0.30 s\n"
        "      takes statistics from StatisticsGen\n"
        "  ExampleValidator: failed, 0.30 s\n"
        "      Column 'sex' is missing.\n"
        "      takes statistics from StatisticsGen"
    )
    assert repr(shuffled) == shuffled.text()
    assert "require_measurements (PythonFunction): complete" in PENGUINS.text()


def test_edges_between_the_same_nodes_are_one():
    nodes = [GraphNode("a", "complete"), GraphNode("b", "not run")]
    view = GraphView(nodes, [GraphEdge("a", "b", "x"), GraphEdge("a", "b", "y, x"), GraphEdge("a", "b")])
    assert view.edges == (GraphEdge("a", "b", "x, y"),)
    assert "1 connection:" in view.text()


def test_an_empty_graph_says_so():
    view = GraphView([], [])
    assert "This pipeline has no nodes." in checked(view.to_html()).text
    assert "This pipeline has no nodes." in view.text()
    assert checked(view.to_html()).pictures == []


def test_a_single_node_is_a_graph():
    view = GraphView([GraphNode("Trainer", "complete")], [])
    assert drawn_nodes(view) == [("Trainer\ncomplete", ["Trainer", "complete"])]
    assert "1 node, 0 connections" in checked(view.to_html()).text


def test_long_names_lose_their_middle_and_keep_it_in_the_hint():
    name = "projects/very_long_namespace/CsvExampleGen.with_a_long_suffix_v17"
    key = "an_output_key_that_is_much_too_long_for_a_label"
    view = GraphView([GraphNode(name, "complete"), GraphNode("b", "complete")], [GraphEdge(name, "b", key)])
    hint, texts = drawn_nodes(view)[0]
    start, end = texts[0].split("\u2026")
    assert name.startswith(start)
    assert name.endswith(end)
    assert min(len(start), len(end)) >= 5
    assert hint.splitlines()[0] == name
    titles = [title.text for title in picture(view).iter(f"{SVG}title")]
    assert key in titles


def test_many_keys_are_counted():
    nodes = [GraphNode("a", "complete"), GraphNode("b", "complete")]
    view = GraphView(nodes, [GraphEdge("a", "b", "k1, k2, k3, k4, k5")])
    assert [text for text in all_texts(view) if text in {"k1", "k2", "k3", "and 3 more"}] == [
        "k1",
        "k2",
        "and 3 more",
    ]
    assert "k1, k2, k3, k4, k5 from a" in checked(view.to_html()).text


def test_labels_give_way_in_a_large_graph_but_stay_in_the_table():
    nodes = [GraphNode(f"n{i}", "complete") for i in range(60)]
    view = GraphView(nodes, [GraphEdge(f"n{i}", f"n{i + 1}", "key") for i in range(59)])
    assert "key" not in all_texts(view)
    assert len(drawn_nodes(view)) == 60
    assert "key from n58" in checked(view.to_html()).text


def test_a_wide_graph_scrolls_before_it_gets_too_small():
    nodes = [GraphNode(f"node_{i}_{j}", "complete") for i in range(8) for j in range(12)]
    edges = [
        GraphEdge(f"node_{i}_{j}", f"node_{i + 1}_{(j * 5 + 1) % 12}", "x")
        for i in range(7)
        for j in range(12)
    ]
    svg = picture(GraphView(nodes, [*edges, *[GraphEdge("node_0_0", f"node_1_{j}") for j in range(12)]]))
    least = re.search(r"min-width:(\d+)px", svg.get("style"))
    assert int(least[1]) == pytest.approx(0.75 * float(svg.get("width")), abs=1)


@pytest.mark.parametrize("state", STATES)
def test_each_state_is_told_by_word_shape_and_colour(state):
    view = GraphView([GraphNode("a", state)], [])
    assert drawn_nodes(view)[0][1] == ["a", state]
    assert f"{state} (1)" in all_texts(view)
    style = STATES[state]
    shapes = [path.get("d") for path in picture(view).iter(f"{SVG}path")]
    assert style.shape in shapes
    alike = [
        name for name, other in STATES.items() if (other.shape, other.glyph) == (style.shape, style.glyph)
    ]
    assert alike == [state]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("page", ["#ffffff", "#1b1b1b", "#111111"])
def test_each_mark_stands_out_in_light_and_dark(state, page):
    assert contrast(STATES[state].colour, page) >= 3
    if STATES[state].solid:
        assert contrast(STATES[state].colour, "#ffffff") >= 3


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_texts(name):
    nodes = [
        GraphNode(name, "failed", kind=name, detail=name, outputs=[name]),
        GraphNode("b" + name, "running", progress=0.5),
    ]
    view = GraphView(nodes, [GraphEdge(name, "b" + name, name)], title=name)
    page = checked(view.to_html())
    assert len(page.pictures) == 1
    hint, texts = drawn_nodes(view)[0]
    assert hint.splitlines()[0] == quoted(name, limit=1000)
    if name.strip() and len(visible(name)) < 20:
        assert texts[0] == visible(name)
    assert "\x1b" not in view.text()
    assert "\u202e" not in view.text() + view.to_html()


# HTML allows every character here; the XML parser that these tests read pictures with does not.
words = st.text(st.characters(exclude_characters="\ufffe\uffff"), max_size=12)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(words, min_size=1, max_size=6, unique=True),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), words), max_size=8),
)
def test_any_graph_is_well_formed(names, links):
    nodes = [GraphNode(name, list(STATES)[i % len(STATES)]) for i, name in enumerate(names)]
    edges = [
        GraphEdge(names[min(a, b)], names[max(a, b)], label)
        for a, b, label in links
        if a != b and max(a, b) < len(names)
    ]
    view = GraphView(nodes, edges)
    checked(view.to_html())
    assert len(drawn_nodes(view)) == len(names)
    assert not re.search(r'="[^"]*\b(nan|inf)\b', re.search(r"<path.*", view.to_html(), re.DOTALL)[0])


A, B, C = (GraphNode(name, "complete") for name in "abc")


@pytest.mark.parametrize(
    ("nodes", "edges", "message"),
    [
        ([A, B, A], [], "each node id once, but was given 'a' more than once. Give"),
        ([A, B], [GraphEdge("a", "x")], r"its nodes \(a, b\).*'a' -> 'x', and there is no node 'x'. Add"),
        ([], [GraphEdge("y", "x")], r"its nodes \(none\).*there is no node 'y'"),
        ([A], [GraphEdge("a", "a")], "without a cycle, but was given 'a' -> 'a'. Remove"),
        (
            [A, B, C],
            [GraphEdge("a", "b"), GraphEdge("b", "c"), GraphEdge("c", "b")],
            "was given ('b' -> 'c' -> 'b'|'c' -> 'b' -> 'c')",
        ),
    ],
)
def test_what_is_no_graph_is_named(nodes, edges, message):
    with pytest.raises(ValueError, match=message):
        GraphView(nodes, edges)


def test_the_cycle_that_is_named_exists():
    nodes = [GraphNode(f"n{i}", "complete") for i in range(8)]
    pairs = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 2), (4, 5), (5, 6), (6, 7)]
    with pytest.raises(ValueError, match="without a cycle") as error:
        GraphView(nodes, [GraphEdge(f"n{a}", f"n{b}") for a, b in pairs])
    ring = [int(found) for found in re.findall(r"'n(\d)'", str(error.value))]
    assert ring[0] == ring[-1]
    assert sorted(ring[1:]) == [2, 3, 4]
    assert all(pair in pairs for pair in itertools.pairwise(ring))


def test_a_wrong_type_is_named():
    with pytest.raises(TypeError, match="GraphView expects GraphNode objects as nodes, but was given str"):
        GraphView(["a"], [])
    with pytest.raises(TypeError, match="GraphView expects GraphEdge objects as edges, but was given tuple"):
        GraphView([A, B], [("a", "b")])
    with pytest.raises(TypeError, match="GraphNode expects a str as its id, but was given int"):
        GraphNode(3, "complete")


def test_an_unknown_state_is_named():
    with pytest.raises(ValueError, match=r"a state of complete, .*, not run, but 'a' was given 'done'. Use"):
        GraphNode("a", "done")


@pytest.mark.parametrize("progress", [-0.1, 1.5, 45, float("nan")])
def test_a_progress_is_a_share(progress):
    with pytest.raises(ValueError, match="progress from 0 to 1, but 'a' was given"):
        GraphNode("a", "running", progress=progress)


def rendered(dot):
    import graphviz

    svg = ET.fromstring(graphviz.Source(dot).pipe(format="svg"))
    return {
        kind: [
            [text.text for text in group.iter(f"{SVG}text")]
            for group in svg.iter(f"{SVG}g")
            if group.get("class") == kind
        ]
        for kind in ("node", "edge")
    }


def test_graphviz_draws_the_same_graph():
    found = rendered(PENGUINS.dot())
    assert ["require_measurements", "PythonFunction", "complete, 0.05 s"] in found["node"]
    assert len(found["node"]) == 9
    assert sorted(label for (label,) in found["edge"]) == sorted(edge.label for edge in PENGUINS.edges)


@pytest.mark.parametrize("name", [*HOSTILE[:6], "a\\", "\\N\\G\\l", 'x"; y [label="z', "R&amp;D &lt;b&gt;"])
def test_graphviz_reads_hostile_names_as_they_are(name):
    view = GraphView([GraphNode(name, "complete"), GraphNode("other", "not run")], [GraphEdge(name, "other")])
    shown = rendered(view.dot())["node"][0][0]
    assert shown.replace("\xa0", " ") == visible(name)


def test_graphviz_takes_an_empty_graph():
    assert rendered(GraphView([], [], title="").dot()) == {"node": [], "edge": []}
