"""What dbt makes again for every node and every call, made once a process, with the same outcome.

test_dbt_process.py compares runs of this dbt with runs of dbt as it is.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any


@cache
def make_lean() -> None:
    """In a process of its own that runs dbt."""
    _share_the_order_of_macros()
    _keep_the_macros_of_a_context()
    _share_what_reads_dates()
    _read_no_more_of_sql_than_is_looked_at()


class Macros(dict[str, Any]):
    """The macros of a package in the context of a node, each made when it is asked for."""

    def __init__(self, known: dict[str, Any], make: Callable[[Any], Any]) -> None:
        super().__init__()
        self.known = known
        self.make = make

    def __missing__(self, name: str) -> Any:
        self[name] = made = self.make(self.known[name])
        return made

    def __contains__(self, name: object) -> bool:
        return name in self.known

    def __iter__(self) -> Iterator[str]:
        return iter(self.known)

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self.known else default


def _share_the_order_of_macros() -> None:
    """Which macro a name stands for depends on the package alone; dbt searches for each node."""
    from dbt.clients.jinja import MacroGenerator
    from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder

    build_namespace = MacroNamespaceBuilder.build_namespace
    orders: dict[Any, Any] = {}
    new = MacroGenerator.__new__

    def build(self: Any, macros: dict[str, dict[str, Any]], ctx: dict[str, Any]) -> Any:
        # while a project is loaded, the same dict grows
        size = sum(len(package) for package in macros.values())
        about = (id(macros), size, self.root_package, self.search_package)
        if about not in orders:
            # the dict of macros is kept, so that no other one has its id
            orders[about] = (macros, _order_of(build_namespace(self, macros, ctx)))
        (local, root, internal, packages), names = orders[about][1]
        node, stack = self.node, self.thread_ctx

        def make(macro: Any) -> Any:
            generator = new(MacroGenerator)
            generator.__dict__ = {"context": ctx, "macro": macro, "node": node, "stack": stack}
            return generator

        namespace = MacroNamespace(
            local_namespace=Macros(local, make),
            global_namespace=Macros(root, make),
            global_project_namespace=Macros(internal, make),
            packages={name: Macros(members, make) for name, members in packages.items()},
        )
        namespace.flat = {name: make(macro) for name, macro in names.items()}
        namespace.flat |= namespace.packages
        namespace.flat["dbt"] = namespace.global_project_namespace
        return namespace

    MacroNamespaceBuilder.build_namespace = build
    MacroNamespace.keys = lambda self: self.flat.keys()
    MacroNamespace.__getitem__ = lambda self, name: self.flat[name]


def _order_of(namespace: Any) -> tuple[Any, dict[str, Any]]:
    """The macros behind a namespace of dbt's, by part; and those that stand there by name alone."""

    def macros(members: dict[str, Any]) -> dict[str, Any]:
        return {name: member.macro for name, member in members.items()}

    local, root = macros(namespace.local_namespace), macros(namespace.global_namespace)
    internal = macros(namespace.global_project_namespace)
    packages = {name: macros(members) for name, members in namespace.packages.items()}
    by_name = {
        name: macro for name, macro in (internal | root | local).items() if name not in packages
    }
    return (local, root, internal, packages), by_name


def _keep_the_macros_of_a_context() -> None:
    """A macro of a context is one function; dbt makes it again for each call."""
    from dbt_common.clients.jinja import BaseMacroGenerator

    get_macro = BaseMacroGenerator.get_macro

    def get(self: Any) -> Any:
        found = self.__dict__.get("made_of")
        if found is None or found[0] is not self.context or found[1] != len(self.context):
            found = (self.context, len(self.context), get_macro(self))
            self.made_of = found
        return found[2]

    BaseMacroGenerator.get_macro = get


def _share_what_reads_dates() -> None:
    """Each table of results has readers of dates, which read the words of a language first."""
    import parsedatetime

    parsedatetime.Constants = cache(parsedatetime.Constants)


def _read_no_more_of_sql_than_is_looked_at() -> None:
    """Of a query that begins with `with`, dbt asks for that word, and reads all of it for it."""
    import sqlparse
    from sqlparse.sql import Statement, Token
    from sqlparse.tokens import CTE, Comment, Text, Whitespace

    parse_all = sqlparse.parse
    comments = r"((?:\s|--[^\n]*\n|/\*.*?\*/)*)"
    first_word = re.compile(comments + r"(with)(\s+)(?!\s*recursive)", re.I | re.S)

    def parse(sql: str, encoding: str | None = None) -> Any:
        if found := first_word.match(sql):
            parts = zip(
                (Comment, CTE, Whitespace, Text), (*found.groups(), sql[found.end() :]), strict=True
            )
            return (Statement([Token(kind, text) for kind, text in parts]),)
        return parse_all(sql, encoding)

    sqlparse.parse = parse
