"""The shape of a metadata store: what a reader relies on, without ids, times, paths and names of runs.

``python -m tests.metadata.store_shape STORE.sqlite`` prints it. ``tfx_1_16.json`` was made so from a store
that TFX 1.16.0's LocalDagRunner wrote: two runs of the pipeline of ``test_tfx_shapes.py``, with caching, and
``given`` as the importer's source.
"""

import json
import sys

# Differ from machine to machine or from run to run: only their kind is recorded.
VOLATILE = frozenset(
    {
        "artifact_uri",
        "baseline_model",
        "baseline_model_id",
        "current_model",
        "current_model_id",
        "input_base",
        "input_fingerprint",
        "module_path",
        "push_destination",
        "pushed_destination",
        "pushed_version",
        "schema_file",
        "stats_dashboard_link",
        "tfx_version",
    }
)


def connect(path):
    """Opens a SQLite store with nothing but ml_metadata."""
    from ml_metadata.metadata_store import metadata_store
    from ml_metadata.proto import metadata_store_pb2 as mlmd

    config = mlmd.ConnectionConfig()
    config.sqlite.filename_uri = str(path)
    config.sqlite.connection_mode = mlmd.SqliteMetadataSourceConfig.READWRITE
    return metadata_store.MetadataStore(config)


def shape(store):
    """Types, contexts, artifacts, and each run's executions by node, as JSON-like values."""
    runs = sorted(store.get_contexts_by_type("pipeline_run"), key=lambda context: context.id)
    (pipeline,) = store.get_contexts_by_type("pipeline")
    names = _artifact_names(store)
    return {
        "artifact_types": {
            kind.name: {
                "properties": {name: _enum(kind, "PropertyType", v) for name, v in kind.properties.items()},
                "base_type": _base_type(kind),
            }
            for kind in store.get_artifact_types()
        },
        "execution_types": {kind.name: _base_type(kind) for kind in store.get_execution_types()},
        "context_types": {kind.name: sorted(kind.properties) for kind in store.get_context_types()},
        "pipeline": pipeline.name,
        "nodes": sorted(context.name for context in store.get_contexts_by_type("node")),
        "parents_of_runs": [
            [parent.name for parent in store.get_parent_contexts_by_context(run.id)] for run in runs
        ],
        "artifacts": {names[artifact.id]: _artifact(store, artifact) for artifact in store.get_artifacts()},
        "runs": [
            dict(_execution(store, found, names) for found in store.get_executions_by_context(run.id))
            for run in runs
        ],
    }


def _enum(message, name, number):
    from ml_metadata.proto import metadata_store_pb2 as mlmd

    return getattr(mlmd if name == "PropertyType" else type(message), name).Name(number)


def _base_type(kind):
    return _enum(kind, "SystemDefinedBaseType", kind.base_type) if kind.HasField("base_type") else None


def _contexts(contexts, kind):
    return [context.name for context in contexts if context.type == kind]


def _artifact_names(store):
    """Artifact id to ``<node>:<output>``, and ``#2`` and so on for those that a later run made anew."""
    names = {}
    for artifact in sorted(store.get_artifacts(), key=lambda artifact: artifact.id):
        events = store.get_events_by_artifact_ids([artifact.id])
        made = min((e for e in events if e.type == e.OUTPUT), key=lambda event: event.execution_id)
        (node,) = _contexts(store.get_contexts_by_execution(made.execution_id), "node")
        name = f"{node}:{made.path.steps[0].key}"
        earlier = sum(known.partition("#")[0] == name for known in names.values())
        names[artifact.id] = f"{name}#{earlier + 1}" if earlier else name
    return names


def _artifact(store, artifact):
    return {
        "type": artifact.type,
        "state": _enum(artifact, "State", artifact.state),
        "contexts": sorted({context.type for context in store.get_contexts_by_artifact(artifact.id)}),
        "properties": _values(artifact.properties),
        "custom_properties": _values(artifact.custom_properties),
    }


def _execution(store, execution, names):
    contexts = store.get_contexts_by_execution(execution.id)
    (node,) = _contexts(contexts, "node")
    events = {}
    for event in store.get_events_by_execution_ids([execution.id]):
        steps = [str(getattr(step, step.WhichOneof("value"))) for step in event.path.steps]
        events[f"{_enum(event, 'Type', event.type)} {'/'.join(steps)}"] = names[event.artifact_id]
    return node, {
        "type": execution.type,
        "state": _enum(execution, "State", execution.last_known_state),
        "contexts": sorted(context.type for context in contexts),
        "properties": _values(execution.properties),
        "custom_properties": _values(execution.custom_properties),
        "events": events,
    }


def _values(properties):
    from google.protobuf import json_format

    values = {}
    for name, value in properties.items():
        kind = value.WhichOneof("value")
        if name in VOLATILE:
            values[name] = kind
        else:
            plain = getattr(value, kind)
            plain = json_format.MessageToDict(plain) if kind == "struct_value" else plain
            values[name] = f"{kind} {json.dumps(plain, sort_keys=True)}"
    return values


if __name__ == "__main__":
    json.dump(shape(connect(sys.argv[1])), sys.stdout, indent=1, sort_keys=True)
    print()
