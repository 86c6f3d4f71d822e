"""TensorFlow Transform on Beam: analyse, write the transform graph, transform the splits.

The analysis always runs as a Beam pipeline. The transformation runs in process while the pipeline
does (Beam's bundles would cost more than the work), and on Beam when the runner is a remote one.
"""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from interactive.engines import tft_apply, tft_cache, tft_failures, tft_job
from interactive.engines.api import EngineReport, TransformRequest
from interactive.engines.beam import runner, transform_apply
from interactive.errors import InputError


def transform(
    request: TransformRequest,
    beam_pipeline_args: Sequence[str] = (),
    apply: Literal["auto", "in_process", "beam"] = "auto",
) -> EngineReport:
    """Carries out one Transform request.

    Args:
      request: What to analyse and transform, and where to write.
      beam_pipeline_args: Flags for the Beam pipelines.
      apply: How splits are transformed. ``"auto"`` is in process when the pipeline runs on this
        machine.

    Returns:
      The report, with the number of records written a split.

    Raises:
      InputError: The schema, the examples or what ``preprocessing_fn`` returns cannot be used.
      Exception: Whatever the user's ``preprocessing_fn`` raises, untouched.
    """
    tft_job.check(request)
    job = tft_job.prepare(request, tuple(beam_pipeline_args))
    on_beam = apply == "beam" or (apply == "auto" and not runner.is_local(beam_pipeline_args))
    notes: list[str] = []
    try:
        notes.extend(_analyze(job))
        tft_job.write_raw_metadata(job)
        counts = transform_apply.apply_on_beam(job) if on_beam else tft_apply.apply_in_process(job)
    except InputError:
        raise
    except Exception as error:
        problem = tft_failures.explain(error, job)
        if problem is None:
            raise
        raise InputError(problem) from error
    where = "Beam" if on_beam else "this process"
    return EngineReport(
        engine="beam",
        reason=f"TensorFlow Transform analyses data with Beam; splits were transformed by {where}.",
        notes=tuple(notes),
        counts=counts,
    )


def _analyze(job: tft_job.TransformJob) -> list[str]:
    """Runs the analyzers and writes ``transform_fn`` and ``transformed_metadata``."""
    import tensorflow_transform.beam as tft_beam

    graph_dir = Path(job.request.graph_dir)
    graph_dir.parent.mkdir(parents=True, exist_ok=True)
    temp_dir = tempfile.mkdtemp(prefix=".transform-", dir=graph_dir.parent)
    try:
        with (
            runner.pipeline(_analyze_args(job)) as pipeline,
            tft_beam.Context(temp_dir=temp_dir),
        ):
            if job.request.analyzer_cache_in or job.request.analyzer_cache_out:
                transform_fn, notes = _analyze_with_cache(job, pipeline)
            else:
                tfxio = job.tfxio(job.all_analyze_files)
                data = pipeline | "ReadAnalyzeSplits" >> tfxio.BeamSource()
                transform_fn = (
                    data,
                    tfxio.TensorAdapterConfig(),
                ) | "Analyze" >> tft_beam.AnalyzeDataset(job.preprocessing_fn)
                notes = []
            _ = transform_fn | "WriteTransformFn" >> tft_beam.WriteTransformFn(str(graph_dir))
    finally:
        shutil.rmtree(temp_dir, ignore_errors=True)
    return notes


def _analyze_args(job: tft_job.TransformJob) -> tuple[str, ...]:
    """Picks the local runner that can do the analysis.

    Beam 2.72's FnApiRunner, which DirectRunner is by default, gives up on most analyses in which an
    analyzer needs another one's result ("watermark-pending bundles did not execute"). The other local
    runner does them; it is slower on large data, so it is used for these only.
    """
    if job.columns.chained and runner.is_local(job.pipeline_args):
        return (*job.pipeline_args, "--runner=BundleBasedDirectRunner")
    return job.pipeline_args


def _analyze_with_cache(job: tft_job.TransformJob, pipeline: Any) -> tuple[Any, list[str]]:
    import tensorflow_transform.beam as tft_beam
    from tensorflow_transform.beam import analysis_graph_builder, analyzer_cache

    request = job.request
    keyed = {
        analyzer_cache.DatasetKey(name): files
        for name, files in tft_cache.dataset_names(request.analyze).items()
    }
    sources = {key: job.tfxio(files) for key, files in keyed.items()}
    config = next(iter(sources.values())).TensorAdapterConfig()
    type_specs = job.type_specs
    known: dict[Any, Any] = {}
    if request.analyzer_cache_in is not None:
        wanted = analysis_graph_builder.get_analysis_cache_entry_keys(
            job.preprocessing_fn, type_specs, list(keyed), force_tf_compat_v1=False
        )
        found = tft_cache.read(request.analyzer_cache_in, [key.key for key in keyed], wanted)
        known = _as_collections(found, pipeline)
    needed = analysis_graph_builder.get_analysis_dataset_keys(
        job.preprocessing_fn, type_specs, list(keyed), known, force_tf_compat_v1=False
    )
    data = {
        key: pipeline | f"Read[{key.key}]" >> source.BeamSource() if key in needed else None
        for key, source in sources.items()
    }
    transform_fn, cache = (data, known, config) | "Analyze" >> tft_beam.AnalyzeDatasetWithCache(
        job.preprocessing_fn, pipeline=pipeline
    )
    out = request.analyzer_cache_out
    if out is not None:
        Path(out).mkdir(parents=True, exist_ok=True)
        if request.analyzer_cache_in is not None:
            for key in keyed:
                tft_cache.copy_folder(request.analyzer_cache_in, out, key.key)
        if cache:
            _ = cache | "WriteCache" >> tft_beam.analyzer_cache.WriteAnalysisCacheToFS(
                pipeline=pipeline, cache_base_dir=out, dataset_keys=list(keyed)
            )
    reused = len(keyed) - len(set(needed))
    note = f"The analyzer cache covered {reused} of {len(keyed)} analysed folders."
    return transform_fn, [note] if request.analyzer_cache_in else []


def _as_collections(found: Mapping[str, tft_cache.CachedFolder], pipeline: Any) -> dict[Any, Any]:
    import apache_beam as beam
    from tensorflow_transform.beam import analyzer_cache

    known: dict[Any, Any] = {}
    for number, (name, folder) in enumerate(sorted(found.items())):
        collections = {
            key: pipeline | f"CacheEntry[{number}][{index}]" >> beam.Create(values, reshuffle=False)
            for index, (key, values) in enumerate(sorted(folder.entries.items()))
        }
        known[analyzer_cache.DatasetKey(name)] = analyzer_cache.DatasetCache(collections, None)
    return known
