"""stub"""
from collections.abc import Iterator, Sequence
from qa_bot.exemptions.building import Fields
from qa_bot.exemptions.scope import Scope
from qa_bot.gazette import Named
__all__=["points_of"]
def points_of(scope: Scope, named: Sequence[Named]) -> Iterator[Fields]:
    return iter(())
