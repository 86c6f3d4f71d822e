import pytest

from interactive.engines import select
from interactive.engines.beam import BeamEngine
from interactive.engines.beam.runner import is_local, pipeline, pipeline_options, runner_name
from interactive.engines.in_process import InProcessEngine
from interactive.engines.memory import available_bytes
from interactive.engines.select import select_engine
from interactive.errors import InputError


@pytest.mark.parametrize("requested", [None, "auto"])
def test_small_input_stays_in_process(requested):
    engine, reason = select_engine(requested, input_bytes=31_000_000)
    assert isinstance(engine, InProcessEngine)
    assert reason == "the input of 31.0 MB fits in memory"


def test_input_that_does_not_fit_goes_to_beam(monkeypatch):
    monkeypatch.setattr(select, "available_bytes", lambda: 16_000_000)
    assert isinstance(select_engine(None, input_bytes=1_000_000)[0], InProcessEngine)
    engine, reason = select_engine(None, input_bytes=1_000_001)
    assert isinstance(engine, BeamEngine)
    assert "1.0 MB may not fit in the 16.0 MB of free memory" in reason


def test_a_remote_runner_means_beam():
    args = ["--runner=FlinkRunner"]
    engine, reason = select_engine("auto", input_bytes=1, beam_pipeline_args=args)
    assert isinstance(engine, BeamEngine)
    assert engine.beam_pipeline_args == ("--runner=FlinkRunner",)
    assert "FlinkRunner" in reason


def test_the_direct_runner_does_not_mean_beam():
    args = ["--runner=DirectRunner", "--direct_num_workers=2"]
    engine, _ = select_engine(None, input_bytes=1, beam_pipeline_args=args)
    assert isinstance(engine, InProcessEngine)


def test_what_is_asked_for_wins(monkeypatch):
    monkeypatch.setattr(select, "available_bytes", lambda: 0)
    engine, reason = select_engine("in_process", input_bytes=10**15)
    assert (engine.name, reason) == ("in_process", "asked for")
    engine, reason = select_engine("beam", input_bytes=1)
    assert (engine.name, reason) == ("beam", "asked for")


def test_unknown_engine():
    with pytest.raises(InputError, match=r"one of auto, in_process, beam\. Did you mean 'in_process'"):
        select_engine("in-process", input_bytes=1)


class TestMemory:
    def test_machine_and_container(self, tmp_path):
        meminfo = tmp_path / "meminfo"
        meminfo.write_text("MemTotal: 2000 kB\nMemAvailable:    1000 kB\n")
        assert available_bytes(meminfo, tmp_path) == 1_024_000
        (tmp_path / "memory.max").write_text("900000\n")
        (tmp_path / "memory.current").write_text("400000\n")
        assert available_bytes(meminfo, tmp_path) == 500_000
        (tmp_path / "memory.max").write_text("max\n")
        assert available_bytes(meminfo, tmp_path) == 1_024_000

    def test_this_machine(self):
        assert available_bytes() > 1_000_000

    def test_without_meminfo_half_of_the_physical_memory(self, tmp_path):
        assert available_bytes(tmp_path / "none", tmp_path) > 1_000_000


class TestBeamArguments:
    @pytest.mark.parametrize(
        ("args", "name", "local"),
        [
            ([], "DirectRunner", True),
            (["--runner=DirectRunner"], "DirectRunner", True),
            (["--runner", "FlinkRunner"], "FlinkRunner", False),
            (["--runner=apache_beam.runners.dataflow.DataflowRunner"], "DataflowRunner", False),
            (["--runner=directrunner"], "directrunner", True),
        ],
    )
    def test_runner(self, args, name, local):
        assert runner_name(args) == name
        assert is_local(args) is local

    @pytest.mark.parametrize(
        ("args", "message"),
        [
            ("--runner=DirectRunner", "must be a list of strings"),
            ([3], "must be a list of strings"),
            (["DirectRunner"], "is not a flag"),
            (["--direct_num_workers=two"], "invalid int value: 'two'"),
            (["--direct_num_worker=2"], "Did you mean --direct_num_workers?"),
        ],
    )
    def test_wrong_arguments(self, args, message):
        with pytest.raises(InputError) as caught:
            pipeline_options(args)
        assert message in str(caught.value)

    def test_unknown_runner(self):
        from interactive.engines.beam.runner import pipeline

        with pytest.raises(InputError, match="Unexpected pipeline runner"), pipeline(["--runner=Foo"]):
            pass

    def test_good_arguments_reach_beam(self):
        from apache_beam.options.pipeline_options import DirectOptions, SetupOptions

        options = pipeline_options(["--direct_num_workers=2", "--save_main_session"])
        assert options.view_as(DirectOptions).direct_num_workers == 2
        assert options.view_as(SetupOptions).save_main_session is False

    def test_a_remote_runner_may_have_flags_of_its_own(self):
        pipeline_options(["--runner=FlinkRunner", "--a_flag_of_the_job_server=1"])


def test_naming_the_engines_loads_nothing_heavy():
    import subprocess
    import sys

    code = (
        "import sys, interactive.engines.select, interactive.engines.input_files;"
        "import interactive.engines.reading;"
        "heavy = {'tensorflow', 'apache_beam', 'pyarrow', 'pandas', 'numpy', 'tensorflow_data_validation'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("args", [(), ("--runner=DirectRunner",), ("--direct_running_mode=multi_threading",)])
def test_a_local_pipeline_never_asks_for_prism(args, monkeypatch):
    from apache_beam.runners.portability import prism_runner

    def fetch(*_, **__):
        raise AssertionError("Prism would be fetched from the internet")

    monkeypatch.setattr(prism_runner.PrismRunner, "__init__", fetch)
    import apache_beam as beam
    from apache_beam.testing.util import assert_that, equal_to

    with pipeline(args) as opened:
        assert_that(opened | beam.Create([1, 2]), equal_to([1, 2]))
