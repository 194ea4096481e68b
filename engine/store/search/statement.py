"""From a search to SQL: conditions of a filter, the place of a cursor, one page, the bounded count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, Select, Subquery, and_, false, func, literal, or_, select, tuple_, union_all
from sqlalchemy.dialects.postgresql import ARRAY

from engine.store.search.entity import Entity, MoreFilter, Ordering, Source
from engine.store.search.errors import InvalidSearch
from engine.store.search.kinds import PART_SHIFT, Column, Condition
from engine.store.search.query import COUNT_LIMIT
from engine.store.search.values import describe
from engine.store.tables import process_definition

#: More than anybody asks for; the database takes seconds to plan a search for some thousands, however few rows it has.
MOST_PROPERTIES = 500

#: An object of a filter (by its identity) and a source, in which it speaks of definitions.
Asked = tuple[int, int]

#: For each of them: the keys of the definitions that match.
DefinitionKeys = Mapping[Asked, Sequence[int]]


def _check_size(filter: object) -> None:
    """Raises InvalidSearch where a filter has more properties, with all that is in it, than can be searched by."""
    waiting, count = [filter], 0
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            count += len(value)
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(item for item in value if isinstance(item, dict))
    if count > MOST_PROPERTIES:
        reason = f"'filter' may have at most {MOST_PROPERTIES} properties, those inside it included, but has {count}."
        raise InvalidSearch(reason)


def definition_selects(entity: Entity, filter: object) -> list[tuple[Asked, Select[Any]]]:
    """The queries that answer which definitions a filter means; to be run before the search itself.

    Raises InvalidSearch where it makes no sense, or is too large to be searched by.
    """
    _check_size(filter)
    return _definition_selects(entity, filter, "filter")


def _definition_selects(entity: Entity, filter: object, path: str) -> list[tuple[Asked, Select[Any]]]:
    if not isinstance(filter, dict):
        return []
    selects: list[tuple[Asked, Select[Any]]] = []
    for source in range(len(entity.sources)):
        conditions: list[Condition] = []
        for name, value in filter.items():
            field = entity.fields.get(name)
            if value is not None and field is not None and field.filter and entity.asks_definition(field, source):
                conditions += field.kind.conditions(field.columns[source], value, f"{path}.{name}")
        if conditions:
            selects.append(((id(filter), source), select(process_definition.c.key).where(*conditions)))
    alternatives = filter.get("$or")
    for i, alternative in enumerate(alternatives if isinstance(alternatives, list) else ()):
        selects += _definition_selects(entity, alternative, f"{path}.$or[{i}]")
    return selects


def conditions_of(
    entity: Entity, source: int, filter: object, definitions: DefinitionKeys, path: str = "filter"
) -> list[Condition]:
    """What a filter demands of the rows of one source; InvalidSearch where it makes no sense."""
    if not isinstance(filter, dict):
        raise InvalidSearch(f"'{path}' must be an object, but is {describe(filter)}.")
    conditions: list[Condition] = []
    grouped: dict[MoreFilter, dict[str, Any]] = {}
    for name, value in filter.items():
        here = f"{path}.{name}"
        more = entity.more_filters.get(name)
        if name == "$or" and entity.alternatives:
            if value is not None:
                conditions.append(_alternatives(entity, source, value, definitions, here))
        elif more is not None:
            if value is not None:
                grouped.setdefault(more, {})[name] = value
        else:
            conditions += _field_conditions(entity, source, name, value, here)
    conditions += [more.condition(values, source, path) for more, values in grouped.items()]
    definition_key = entity.sources[source].definition_key
    if (id(filter), source) in definitions and definition_key is not None:
        conditions.append(_one_of(definition_key, definitions[id(filter), source]))
    return conditions


def _field_conditions(entity: Entity, source: int, name: str, value: object, path: str) -> list[Condition]:
    """Null is no filter; properties of the definition are looked up before."""
    field = entity.filterable(name, path)
    if value is None or entity.asks_definition(field, source):
        return []
    return field.kind.conditions(field.columns[source], value, path)


def _alternatives(entity: Entity, source: int, value: object, definitions: DefinitionKeys, path: str) -> Condition:
    if not isinstance(value, list) or not value:
        found = "an empty one" if value == [] else describe(value)
        raise InvalidSearch(f"'{path}' must be an array of filters, but is {found}.")
    return or_(
        *(
            and_(*conditions_of(entity, source, alternative, definitions, f"{path}[{i}]"))
            for i, alternative in enumerate(value)
        )
    )


def _one_of(column: Column, keys: Sequence[int]) -> Condition:
    """One key gets an equality, because only that lets an index on (key, date) give the order as well."""
    if not keys:
        return false()
    if len(keys) == 1:
        return column == keys[0]
    return column == func.any(literal(list(keys), ARRAY(BigInteger)))


def after_cursor(entity: Entity, ordering: Ordering, source: int, values: Sequence[Any], backwards: bool) -> Condition:
    """The rows behind a cursor (before it, if `backwards`) in an order.

    One row comparison where all columns go the same way and are never null there, because an index range serves it;
    otherwise column by column.
    """
    columns, part = list(ordering.columns[source]), entity.sources[source].part
    descending = [flag != backwards for flag in ordering.descending]
    if ordering.by_key and part is not None:
        columns, values = [part, *columns], [values[0] >> PART_SHIFT, *values]
        descending = [descending[0], *descending]
    bound = [literal(value, column.type) for column, value in zip(columns, values, strict=True)]
    # In descending order what is absent comes first: behind a value there is none, and the comparison leaves it out.
    never_absent = not any(ordering.nullable) or (descending[0] and None not in values)
    if len(set(descending)) == 1 and never_absent:
        left, right = tuple_(*columns), tuple_(*bound)
        return left < right if descending[0] else left > right
    ways: list[Condition] = []
    same: list[Condition] = []
    for i, column in enumerate(columns):
        behind = _behind(column, bound[i], values[i], descending[i])
        if behind is not None:
            ways.append(and_(*same, behind))
        same.append(column.is_(None) if values[i] is None else column == bound[i])
    return or_(false(), *ways)


def _behind(column: Column, bound: Column, value: Any, descending: bool) -> Condition | None:
    """What follows a value in one column, where an absent value counts as greater than any other."""
    if descending:
        return column.is_not(None) if value is None else column < bound
    return None if value is None else or_(column > bound, column.is_(None))


def page_statement(
    entity: Entity,
    ordering: Ordering,
    wheres: Sequence[Sequence[Condition]],
    limit: int,
    offset: int,
    backwards: bool,
) -> Select[Any]:
    """One page: the answered columns, then those of the order, from which cursors are made."""
    descending = [flag != backwards for flag in ordering.descending]
    branches = []
    for i in range(len(entity.sources)):
        columns = [
            column.label(f"c{n}") for n, column in enumerate([*entity.answered_columns(i), *ordering.columns[i]])
        ]
        branches += _branches(entity, ordering, i, wheres[i], columns, descending)
    if len(branches) == 1:
        return branches[0].limit(limit).offset(offset)
    merged = _merged(branches, limit + offset)
    outer = [merged.c[f"c{len(entity.answered) + n}"] for n in range(len(ordering))]
    order = [c.desc() if down else c.asc() for c, down in zip(outer, descending, strict=True)]
    return select(merged).order_by(*order).limit(limit).offset(offset)


def _branches(
    entity: Entity,
    ordering: Ordering,
    source: int,
    where: Sequence[Condition],
    columns: Sequence[Column],
    descending: Sequence[bool],
) -> list[Select[Any]]:
    """What matches in one source, in an order that an index has; two of them where rows are looked up apart."""
    rows, places = entity.sources[source], ordering.columns[source]
    order = [column.desc() if down else column.asc() for column, down in zip(places, descending, strict=True)]
    if ordering.by_key and rows.part is not None:
        order.insert(0, rows.part.desc() if descending[0] else rows.part.asc())
    whole = select(*columns).select_from(rows.rows).where(*rows.where, *where).order_by(*order)
    return _halves(whole, rows, places, descending) if ordering.apart else [whole]


def _merged(branches: Sequence[Select[Any]], limit: int) -> Subquery:
    """The rows of several queries, of each at most so many."""
    return union_all(*(branch.limit(limit).subquery().select() for branch in branches)).subquery()


def _halves(
    whole: Select[Any], source: Source, columns: Sequence[Column], descending: Sequence[bool]
) -> list[Select[Any]]:
    """The rows in which the first column of an order is absent, in the order of the others, and those where it is not.

    Each half is in the order of an index, which is partial: the one of what is open, or of what has ended.
    """
    first, rest = columns[0], list(columns[1:])
    if source.part is not None and tuple(rest) == source.unique:
        rest = [source.part, *rest]
    order = [column.desc() if descending[1] else column.asc() for column in rest]
    absent = whole.where(first.is_(None)).order_by(None).order_by(*order)
    return [absent, whole.where(first.is_not(None))]


def count_statement(
    entity: Entity,
    wheres: Sequence[Sequence[Condition]],
    limit: int = COUNT_LIMIT,
    ordering: Ordering | None = None,
) -> Select[Any]:
    """How many rows match, but never looking further than one past `limit`.

    Given the order of the page, rows of one source are counted from its beginning: where those that match lie together
    there, the planner would otherwise begin at the other end for no reason, and pass by all that do not.
    """
    bound, one = limit + 1, literal(1).label("one")
    branches: list[Select[Any]] = []
    for i, source in enumerate(entity.sources):
        if ordering is None or len(entity.sources) > 1:
            branches.append(select(one).select_from(source.rows).where(*source.where, *wheres[i]))
        else:
            branches += _branches(entity, ordering, i, wheres[i], [one], ordering.descending)
    if len(branches) == 1:
        return select(func.count()).select_from(branches[0].limit(bound).subquery())
    return select(func.count()).select_from(select(_merged(branches, bound)).limit(bound).subquery())
