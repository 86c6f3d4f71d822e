"""The standard components. Lazy: each comes with its module on first use."""

from interactive._lazy import lazy_attributes

__all__ = [
    "CsvExampleGen",
    "DataAccessor",
    "Evaluator",
    "ExampleValidator",
    "FnArgs",
    "ImportSchemaGen",
    "Pusher",
    "SchemaGen",
    "StatisticsGen",
    "Trainer",
    "Transform",
]

__getattr__, __dir__ = lazy_attributes(
    __name__,
    {
        "CsvExampleGen": "interactive.components.csv_example_gen:CsvExampleGen",
        "DataAccessor": "interactive.engines.data_accessor:DataAccessor",
        "Evaluator": "interactive.components.evaluator:Evaluator",
        "ExampleValidator": "interactive.components.example_validator:ExampleValidator",
        "FnArgs": "interactive.components.fn_args:FnArgs",
        "ImportSchemaGen": "interactive.components.schema_gen:ImportSchemaGen",
        "Pusher": "interactive.components.pusher:Pusher",
        "SchemaGen": "interactive.components.schema_gen:SchemaGen",
        "StatisticsGen": "interactive.components.statistics_gen:StatisticsGen",
        "Trainer": "interactive.components.trainer:Trainer",
        "Transform": "interactive.components.transform:Transform",
    },
)
