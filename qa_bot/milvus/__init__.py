"""A generation of the index in Milvus: published there, and read by processes that have nothing on their own disk.

`pymilvus` is imported when a store is opened, so that who has none needs no package for it.
"""

from __future__ import annotations

from qa_bot.milvus.generation import MilvusGeneration, open_generation
from qa_bot.milvus.place import Place
from qa_bot.milvus.publishing import publish

__all__ = ["MilvusGeneration", "Place", "open_generation", "publish"]
