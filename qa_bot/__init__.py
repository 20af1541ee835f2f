"""公报问答: questions to government gazettes, answered word for word with a citation."""

__version__ = "0.1.0"
