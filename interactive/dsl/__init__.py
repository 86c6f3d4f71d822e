"""The domain-specific language: specifications, components, resolvers. Lazy: import what you use."""

from interactive._lazy import lazy_attributes

__all__ = ["Artifact", "Channel", "Importer", "Resolver", "components", "experimental"]

__getattr__, __dir__ = lazy_attributes(
    __name__,
    {
        "Artifact": "interactive.types.artifact:Artifact",
        "Channel": "interactive.types.channel:Channel",
        "Importer": "interactive.dsl.importer:Importer",
        "Resolver": "interactive.dsl.resolver:Resolver",
        "components": "interactive.dsl.components",
        "experimental": "interactive.dsl.experimental",
    },
)
