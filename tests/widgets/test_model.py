import pytest

from tests.widgets.html_check import HOSTILE, read
from widgets import ModelView, _wire
from widgets.model import DTYPES


def saved_model():
    made = _wire.message("SavedModel")()
    graph = made.meta_graphs.add()
    graph.meta_info_def.tags.append("serve")
    graph.meta_info_def.tensorflow_version = "2.16.2"
    signature = graph.signature_def["serving_default"]
    signature.inputs["examples"].dtype = 7
    signature.inputs["examples"].tensor_shape.dim.add(size=-1)
    signature.outputs["scores"].dtype = 1
    signature.outputs["scores"].tensor_shape.dim.add(size=-1)
    signature.outputs["scores"].tensor_shape.dim.add(size=3)
    signature.outputs["version"].dtype = 9
    signature.outputs["all"].tensor_shape.unknown_rank = True
    signature.outputs["all"].dtype = 77
    graph.signature_def["__saved_model_init_op"].outputs["x"].dtype = 1
    for shape, trainable in (((4, 3), True), ((3,), True), ((), False)):
        node = graph.object_graph_def.nodes.add()
        node.variable.dtype, node.variable.trainable = 1, trainable
        for size in shape:
            node.variable.shape.dim.add(size=size)
    graph.object_graph_def.nodes.add()
    return made


def write(folder, made=None):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "saved_model.pb").write_bytes((made or saved_model()).SerializeToString())
    (folder / "variables").mkdir(exist_ok=True)
    (folder / "variables" / "variables.index").write_bytes(b"x" * 1500)
    return folder


def test_signatures_parameters_and_files(tmp_path):
    page = read(ModelView(write(tmp_path)).to_html())
    assert page.table("Signatures (1)") == [
        ["Signature", "Side", "Name", "Type", "Shape"],
        ["serving_default", "input", "examples", "string", "[any]"],
        ["", "output", "all", "type 77", "any"],
        ["", "output", "scores", "float32", "[any, 3]"],
        ["", "output", "version", "int64", "scalar"],
    ]
    assert "Trainable parameters: 15" in page.text
    assert "Other variables: 1 values" in page.text
    assert "TensorFlow: 2.16.2" in page.text
    assert page.table("2 files")[2] == ["variables/variables.index", "1.5 KB"]


def test_the_served_model_of_an_artifact_is_found(tmp_path):
    write(tmp_path / "Format-Serving")
    assert ModelView(tmp_path).folder == tmp_path / "Format-Serving"


def test_a_model_without_an_object_graph_counts_nothing(tmp_path):
    made = saved_model()
    made.meta_graphs[0].ClearField("object_graph_def")
    assert "Parameters: not recorded" in read(ModelView(write(tmp_path, made)).to_html()).text


def test_a_model_without_signatures_says_so(tmp_path):
    made = saved_model()
    made.meta_graphs[0].signature_def.clear()
    assert "no signatures" in ModelView(write(tmp_path, made)).text()


def test_another_kind_of_model_shows_its_files(tmp_path):
    (tmp_path / "model.pickle").write_bytes(b"x" * 10)
    page = read(ModelView(tmp_path).to_html())
    assert "Format: not a SavedModel" in page.text
    assert page.table("1 file, 10 B")[1] == ["model.pickle", "10 B"]


def test_an_empty_folder_says_so(tmp_path):
    assert "This folder has no files." in ModelView(tmp_path).text()


def test_links_are_not_followed(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "a").write_bytes(b"x")
    assert [f.path for f in ModelView(tmp_path).files] == ["a"]


def test_damage_and_absence_are_named(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"\x12\xff\xff\xff\xff\x0f")
    with pytest.raises(ValueError, match=r"saved_model\.pb.*cannot be read"):
        ModelView(tmp_path)
    with pytest.raises(FileNotFoundError, match="found nothing there"):
        ModelView(tmp_path / "missing")
    with pytest.raises(NotADirectoryError, match="found a file"):
        ModelView(tmp_path / "saved_model.pb")
    with pytest.raises(TypeError, match="ModelView expects the path of a folder"):
        ModelView(None)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_stay_text(tmp_path, name):
    made = saved_model()
    made.meta_graphs[0].signature_def[name].inputs[name].dtype = 1
    made.meta_graphs[0].meta_info_def.tags.append(name)
    view = ModelView(write(tmp_path, made), title=name)
    read(view.to_html(page=True))
    assert "\x1b" not in view.text() + view.to_html()


@pytest.mark.slow
def test_a_model_that_tensorflow_saves(tmp_path):
    import tensorflow as tf

    class Model(tf.Module):
        def __init__(self):
            super().__init__()
            self.w = tf.Variable(tf.ones([4, 2]))
            self.steps = tf.Variable(0, trainable=False)

        @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32, name="x")])
        def serve(self, x):
            return {"y": tf.matmul(x, self.w)}

    model = Model()
    tf.saved_model.save(model, str(tmp_path), signatures={"serving_default": model.serve})
    page = read(ModelView(tmp_path).to_html())
    assert page.table("Signatures (1)")[1:] == [
        ["serving_default", "input", "x", "float32", "[any, 4]"],
        ["", "output", "y", "float32", "[any, 2]"],
    ]
    assert "Trainable parameters: 8" in page.text
    assert f"TensorFlow: {tf.__version__}" in page.text
    assert {n: tf.dtypes.as_dtype(n).name for n in DTYPES} == {**DTYPES, 19: "float16"}
