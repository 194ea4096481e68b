"""`feel` and `decide`: an expression or a decision tried out here, without a server."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_bytes
from typing import Any

from api.cli.errors import CommandError, WrongUsage
from api.cli.output import note, print_json
from engine import dmn, feel
from engine.machine.values import encode_json
from engine.xml import XmlError, parse


def evaluate_expression(options: Namespace) -> int:
    """Prints the value of a FEEL expression, and why a part of it is null."""
    try:
        expression = feel.compile(options.expression.removeprefix("="))
        result = expression.evaluate_with_warnings(options.context, now=datetime.now(UTC), entropy=token_bytes)
        value = feel.to_json(result.value)
    except feel.FeelError as error:
        raise CommandError(f"The expression cannot be evaluated: {error}.") from error
    if options.json:
        print_json({"value": value, "warnings": _shown_warnings(result.warnings)})
        return 0
    print(_text(value))
    _note_warnings(result.warnings)
    return 0


def decide(options: Namespace) -> int:
    """Prints the decisions that were evaluated, the one that was asked for last. Raises CommandError if one failed."""
    model, decision = _find(_read_models(options.files), options.decision)
    result = model.evaluate(decision, options.variables, datetime.now(UTC), token_bytes)
    if options.json:
        print_json(_shown(result))
    else:
        for evaluated in result.decisions:
            _print_decision(evaluated)
        _note_warnings(result.warnings)
    if result.failure is not None:
        raise CommandError(f"{result.failure}.")
    return 0


# ---- files


def _read_models(files: list[Path]) -> list[dmn.Model]:
    """Raises CommandError for what cannot be read, or must be mended first."""
    roots = []
    for file in files:
        try:
            roots.append(parse(file.read_bytes()))
        except OSError as error:
            raise CommandError(f"Cannot read {error.filename}: {error.strerror}.") from error
        except XmlError as error:
            raise CommandError(f"{file}, line {error.line}: {error.message}") from error
    models = dmn.read_models(roots)
    for file, model in zip(files, models, strict=True):
        if model.problems:
            more = f" (and {len(model.problems) - 1} more)" if len(model.problems) > 1 else ""
            raise CommandError(f"{file}, {model.problems[0]}{more}")
    return models


def _find(models: list[dmn.Model], wanted: str | None) -> tuple[dmn.Model, str]:
    """The decision, by id or name, and its model; without a name, the only one there is."""
    known = [(model, decision) for model in models for decision in model.decisions.values()]
    found = [(model, d.id) for model, d in known if wanted is None or wanted in (d.id, d.name)]
    if len(found) == 1 or (found and wanted is not None):
        return found[0]
    names = ", ".join(decision.id for _, decision in known[:20]) or "none"
    if wanted is None:
        raise WrongUsage(f"Expected one decision, but there are {len(known)}: choose with --decision from {names}.")
    raise WrongUsage(f"There is no decision {wanted!r}; the file has {names}.")


# ---- output


def _print_decision(decision: dmn.EvaluatedDecision) -> None:
    print(f"{decision.id} = {_told(decision.value)}" if decision.failure is None else f"{decision.id} failed")
    for item in decision.inputs:
        print(f"  {item.name} = {_told(item.value)}")
    for rule in decision.rules:
        outputs = ", ".join(f"{output.name or 'value'} = {_told(output.value)}" for output in rule.outputs)
        print(f"  rule {rule.index} → {outputs}")


def _shown(result: dmn.DecisionResult) -> dict[str, Any]:
    return {
        "value": _json(result.value),
        "failure": None if result.failure is None else str(result.failure),
        "decisions": [_shown_decision(decision) for decision in result.decisions],
        "warnings": _shown_warnings(result.warnings),
    }


def _shown_decision(decision: dmn.EvaluatedDecision) -> dict[str, Any]:
    return {
        "id": decision.id,
        "name": decision.name,
        "type": decision.type.value,
        "value": _json(decision.value),
        "inputs": [{"id": item.id, "name": item.name, "value": _json(item.value)} for item in decision.inputs],
        "rules": [
            {
                "id": rule.id,
                "index": rule.index,
                "outputs": [{"id": each.id, "name": each.name, "value": _json(each.value)} for each in rule.outputs],
            }
            for rule in decision.rules
        ],
        "failure": decision.failure,
    }


def _shown_warnings(warnings: Iterable[feel.Warning]) -> list[dict[str, str]]:
    return [{"kind": warning.kind, "message": warning.message} for warning in warnings]


def _note_warnings(warnings: Iterable[feel.Warning]) -> None:
    for warning in warnings:
        note(f"warning: {warning.message}")


def _json(value: object) -> Any:
    """The value as JSON; what has no such form (a function) as a text that says so."""
    try:
        return feel.to_json(value)
    except feel.FeelError as error:
        return f"({error})"


def _told(value: object) -> str:
    return _text(_json(value))


def _text(value: Any) -> str:
    return encode_json(value).decode()
