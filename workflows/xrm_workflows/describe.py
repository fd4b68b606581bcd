"""A state machine as JSON, for screens and programs (`Workflow` and `AvailableTransition` in api.graphql)."""

from typing import Any

from xrm_workflows.decision import needs_reason
from xrm_workflows.definition import Computed, Mode, Move, Process
from xrm_workflows.diagram import mermaid
from xrm_workflows.form import FormField, wire_name


def described(process: Process, language: str | None = None) -> dict[str, Any]:
    """The fields of `Workflow`: id, title, resource, version, states, transitions, mermaid."""
    return {
        "id": process.id,
        "title": process.title.of(language) if process.title else process.id,
        "resource": process.resource,
        "version": process.version,
        "states": [
            {
                "name": state.name,
                "label": state.label.of(language) if state.label else state.name,
                "final": state.is_final,
                "initial": state.name == process.initial,
                "stage": state.stage,
                "substage": state.substage,
            }
            for state in process.all_states
        ],
        "transitions": [described_move(move, language) for move in process.moves],
        "mermaid": mermaid(process, language),
    }


def described_move(move: Move, language: str | None = None) -> dict[str, Any]:
    """One transition: event, label, sources, targets, who may make it, how, and what it asks for."""
    return {
        "event": move.event,
        "label": move.label_in(language),
        "sources": list(move.sources),
        "targets": list(move.targets),
        "computed": move.target.resolver if isinstance(move.target, Computed) else None,
        "permission": move.permission,
        "mode": move.mode.value,
        "rule": move.trigger,
        "proposedBy": list(move.proposed_by),
        "guards": [{"name": each.name, "params": dict(each.params)} for each in move.guard_uses],
        "form": form_json(move, language),
    }


def form_json(move: Move, language: str | None = None) -> dict[str, Any]:
    """What a person who makes the move by hand fills in: the reason, and the fields of `data`.

    `reason.choices` is empty where the reason is free text.
    """
    choices = [{"code": code, "label": label.of(language)} for code, label in move.reasons.items()]
    return {
        "reason": {"required": needs_reason(move, Mode.MANUAL), "choices": choices},
        "fields": [_field_json(name, field, language) for name, field in move.form.items()],
    }


def _field_json(name: str, field: FormField, language: str | None) -> dict[str, Any]:
    return {
        "name": wire_name(name),
        "type": field.kind.value,
        "label": field.label.of(language),
        "required": field.required,
        "requiredForReason": field.required_for,
        "latestInDays": field.latest_in_days,
    }
