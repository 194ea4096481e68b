"""What can be searched, as tables: the fields of an entity, where they come from, what may be asked of them.

An `Entity` has one or more *sources*, each with its own expression for every field: element instances come
from `element_instance` and, for the process itself, from `process_instance`. What an entity answers is a
struct built from its fields, in their order.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, FromClause

from engine.store.search.errors import InvalidSearch
from engine.store.search.kinds import Column, Condition, Kind
from engine.store.search.query import Sort


class Field:
    """One property: its name on the wire, its kind, and its expression in each source of the entity.

    `answer`, `filter`, `sort`: whether answers carry it, filters know it, an order may use it.
    `definition`: it is a property of the process definition, in every source or in those that are numbered; filters
    by it first look up the (few) definitions that match, so that the rows are found by definition key.
    """

    def __init__(
        self,
        name: str,
        kind: Kind,
        *columns: Column,
        nullable: bool = False,
        answer: bool = True,
        filter: bool = True,
        sort: bool = True,
        definition: bool | Collection[int] = False,
    ) -> None:
        self.name = name
        self.kind = kind
        self.columns = columns
        self.nullable = nullable
        self.answer = answer
        self.filter = filter
        self.sort = sort
        numbered = () if isinstance(definition, bool) else definition
        self.definition = frozenset(range(len(columns)) if definition is True else numbered)


class MoreFilter:
    """Filter properties that are no fields. Those of one name tuple are judged together.

    `condition` gets the properties that were given, the index of the source, and the path of the filter. `described`
    is what the values look like, by name: a kind with its operators, or a type of JSON. `looked_up`: what it is true of
    is found by itself, in no order, so that a count may end early; in the order of the page it would sort all of that.
    """

    def __init__(
        self,
        names: tuple[str, ...],
        condition: Callable[[dict[str, Any], int, str], Condition],
        *described: Kind | str,
        looked_up: bool = False,
    ) -> None:
        self.names = names
        self.condition = condition
        self.looked_up = looked_up
        self.described: dict[str, Kind | str] = dict(zip(names, described, strict=True))


class Source:
    """Where rows come from.

    `unique` settles the order of rows that are equal in everything else. `part` is set where the index on the
    entity's key is led by it: since the part is the upper bits of the key, (part, key) sorts as the key does.
    `definition_key` is the column that filters by definition pin; `where` always holds.
    """

    def __init__(
        self,
        rows: FromClause,
        unique: tuple[Column, ...],
        definition_key: Column | None = None,
        part: Column | None = None,
        where: tuple[Condition, ...] = (),
    ) -> None:
        self.rows = rows
        self.unique = unique
        self.definition_key = definition_key
        self.part = part
        self.where = where


class Ordering:
    """A total order of an entity's rows: expressions per source, directions, and whether they may be null.

    `apart`: the rows without a value in the first column are looked up apart from the others.
    """

    def __init__(self, entity: Entity, sort: Sequence[Sort], filter: Collection[str] = ()) -> None:
        fields = [entity.sortable(item.field, f"sort[{i}].field") for i, item in enumerate(sort)]
        settled = any(field.name == entity.key for field in fields)
        self.columns = [
            [field.columns[i] for field in fields] + ([] if settled else list(source.unique))
            for i, source in enumerate(entity.sources)
        ]
        last = sort[-1].descending if sort else False
        rest = len(self.columns[0]) - len(fields)
        self.descending = [item.descending for item in sort] + [last] * rest
        self.nullable = [field.nullable for field in fields] + [False] * rest
        self.by_key = bool(fields) and fields[0].name == entity.key
        self.apart = bool(fields) and fields[0].name in entity.apart and not entity.apart.intersection(filter)
        signature = f"{entity.name}:{[(item.field, item.descending) for item in sort]}"
        self.fingerprint = zlib.crc32(signature.encode())

    def __len__(self) -> int:
        return len(self.descending)


class Entity:
    """Something that can be searched. `key` is the field that names one row, if there is one.

    `default_sort` applies where a search asks for no order; `sort_within` instead of it where the filter
    pins the process instance. `unless_filtered`: a condition that holds unless the filter speaks of that
    field. `apart`: fields that are absent together, in rows that have an index of their own; where the order begins
    with one of them and no filter decides which rows are meant, these are looked up apart.
    """

    def __init__(
        self,
        name: str,
        sources: Sequence[Source],
        fields: Sequence[Field],
        *,
        more_filters: Sequence[MoreFilter] = (),
        default_sort: Sequence[str] = (),
        sort_within: Sequence[str] | None = None,
        key: str = "",
        alternatives: bool = False,
        unless_filtered: Mapping[str, Condition] | None = None,
        apart: Collection[str] = (),
    ) -> None:
        self.name = name
        self.sources = tuple(sources)
        self.fields = {field.name: field for field in fields}
        self.more_filters = {name: more for more in more_filters for name in more.names}
        self.default_sort = [Sort(field) for field in default_sort]
        self.sort_within = [Sort(field) for field in sort_within or default_sort]
        self.key = key
        self.alternatives = alternatives  # whether the filter knows `$or`
        self.unless_filtered = unless_filtered or {}
        self.apart = frozenset(apart)
        self.answered = [field for field in fields if field.answer]
        self.result = msgspec.defstruct(
            f"{name}Result",
            [(field.name, field.kind.type | None if field.nullable else field.kind.type) for field in self.answered],
        )

    def filterable(self, name: str, path: str) -> Field:
        """The field that a filter property speaks of; InvalidSearch if filters do not know it."""
        field = self.fields.get(name)
        if field is None or not field.filter:
            raise InvalidSearch(f"'{path}' is not known; a filter knows {', '.join(self.filter_names)}.")
        return field

    def sortable(self, name: str, path: str) -> Field:
        """The field to sort by; InvalidSearch if the order cannot use it."""
        field = self.fields.get(name)
        if field is None or not field.sort:
            known = ", ".join(field.name for field in self.fields.values() if field.sort)
            raise InvalidSearch(f"'{path}' must be one of {known}, but is '{name}'.")
        return field

    def looks_up(self, filter: Mapping[str, Any]) -> bool:
        """Whether a filter asks for what is found by itself, whatever the order."""
        return any(filter.get(name) is True for name, more in self.more_filters.items() if more.looked_up)

    def asks_definition(self, field: Field, source: int) -> bool:
        """Whether a filter by this field is, in this source, one by the keys of definitions."""
        return source in field.definition and self.sources[source].definition_key is not None

    @property
    def filter_names(self) -> list[str]:
        names = [field.name for field in self.fields.values() if field.filter] + list(self.more_filters)
        return sorted([*names, "$or"] if self.alternatives else names)

    def ordering(self, sort: Sequence[Sort], filter: Mapping[str, Any]) -> Ordering:
        """The order that a search asks for, or the default."""
        if not sort:
            sort = self.sort_within if isinstance(filter.get("processInstanceKey"), str) else self.default_sort
        return Ordering(self, sort, filter)

    def build(self, row: Sequence[Any]) -> Any:
        """A result from the answered columns of a row."""
        return self.result(*[field.kind.write(value) for field, value in zip(self.answered, row, strict=True)])

    def answered_columns(self, source: int) -> list[ColumnElement[Any]]:
        return [field.columns[source] for field in self.answered]
