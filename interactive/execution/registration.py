"""Nodes that run no executor: importers register what lies somewhere, resolvers find what was registered."""

from pathlib import Path

from interactive.dsl.importer import Importer
from interactive.dsl.resolver import Resolver
from interactive.errors import InputError
from interactive.execution.content import CONTENT, record_content
from interactive.execution.plan import ArtifactLists
from interactive.metadata.store import MetadataStore
from interactive.types.artifact import Artifact, ArtifactState
from interactive.types.channel import BaseChannel, Channel, OutputChannel
from interactive.version import __version__


def import_artifact(store: MetadataStore, importer: Importer) -> ArtifactLists:
    """Finds or makes the artifact that an importer names.

    Args:
      store: The metadata store.
      importer: The importer.

    Returns:
      Its output.

    Raises:
      InputError: Nothing lies at the URI.
    """
    if not Path(importer.source_uri).exists():
        raise InputError(
            f"{importer.id}: nothing lies at source_uri {importer.source_uri!r}. Give the path of an "
            f"existing {importer.artifact_type.TYPE_NAME}; relative paths start at {Path.cwd()}."
        )
    artifact = importer.new_artifact()
    artifact.state = ArtifactState.LIVE
    record_content(artifact)
    if not importer.reimport:
        for known in store.artifacts_of_type(artifact.type_name):
            if known.uri == artifact.uri and _same(known, artifact):
                return {importer.output_key: [known]}
    artifact.set_string_custom_property("cellwise_version", __version__)
    return {importer.output_key: [artifact]}


def _same(known: Artifact, wanted: Artifact) -> bool:
    for name, value in wanted.custom_properties.items():
        if name != CONTENT and known.custom_properties.get(name) != value:
            return False
    return (
        known.properties == wanted.properties
        and known.get_string_custom_property(CONTENT).partition(",")[0]
        == wanted.get_string_custom_property(CONTENT).partition(",")[0]
    )


def resolve_artifacts(store: MetadataStore, pipeline: str, resolver: Resolver) -> ArtifactLists:
    """Asks a resolver's strategy.

    Args:
      store: The metadata store.
      pipeline: The pipeline's name.
      resolver: The resolver.

    Returns:
      Its outputs, possibly empty lists.

    Raises:
      InputError: The strategy finds nothing that fits, or gives other outputs.
    """
    candidates = {name: _candidates(store, pipeline, channel) for name, channel in resolver.inputs.items()}
    chosen = resolver.strategy.resolve_artifacts(store, candidates)
    if chosen is None:
        counts = ", ".join(f"{len(found)} of {name!r}" for name, found in candidates.items())
        raise InputError(
            f"{resolver.id}: {resolver.strategy_class.__name__} found nothing that fits among {counts}."
        )
    if set(chosen) != set(resolver.outputs):
        raise InputError(
            f"{resolver.id}: {resolver.strategy_class.__name__}.resolve_artifacts must return the keys "
            f"{sorted(resolver.outputs)}, returned {sorted(chosen)}."
        )
    return {name: list(artifacts) for name, artifacts in chosen.items()}


def _candidates(store: MetadataStore, pipeline: str, channel: BaseChannel) -> list[Artifact]:
    if isinstance(channel, Channel) and channel.get():
        return channel.get()
    node = output_key = None
    if isinstance(channel, OutputChannel) or (isinstance(channel, Channel) and channel.producer_component_id):
        node = f"{pipeline}.{channel.producer_component_id}"
    if isinstance(channel, OutputChannel | Channel):
        output_key = channel.output_key
    return store.artifacts_of_type(channel.type_name, node=node, output_key=output_key)
