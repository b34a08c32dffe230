"""Workflow definitions as values: write, read, check, draw.

    from interactor.workflows import Definition, field

    purchase = (
        Definition("purchase")
        .action("submit", script="return {...input}")
        .to("approved", when=field("amount") <= 1000)
        .to("rejected")
        .terminal("approved")
        .terminal("rejected")
    )
    purchase.check()                          # every fault with its path, without a network
    purchase.route({"amount": 500}).target    # 'approved'
    purchase.to_svg()                         # a drawing; notebooks show it by themselves

Nothing here needs a client. Source of all rules: Interactor workflows guide.
"""

from __future__ import annotations

from tandem._lazy import lazy_names

TYPE_CHECKING = False  # not typing's: its import would be most of what this package's import costs
if TYPE_CHECKING:
    from ._definition import Definition
    from ._drawing._layout import Layout, layout
    from ._expressions import Condition, Field, field
    from ._faults import DefinitionError, Fault
    from ._states import State, Transition

__all__ = [
    "Condition",
    "Definition",
    "DefinitionError",
    "Fault",
    "Field",
    "Layout",
    "State",
    "Transition",
    "field",
    "layout",
]

_MODULES = {
    "._definition": ("Definition",),
    "._drawing._layout": ("Layout", "layout"),
    "._expressions": ("Condition", "Field", "field"),
    "._faults": ("DefinitionError", "Fault"),
    "._states": ("State", "Transition"),
}

if not TYPE_CHECKING:  # a checker reads the names above, and knows what is not there
    __getattr__, __dir__ = lazy_names(__name__, {name: module for module, names in _MODULES.items() for name in names})
