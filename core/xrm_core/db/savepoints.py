"""What is rolled back to a savepoint did not happen: not audited, not announced, no version of it kept."""

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from xrm_core.declare.context import Context


def follow_savepoints(context: Context, session: Session) -> None:
    """What the context knows of the unit of work goes back with the database."""
    before: dict[Any, tuple[set[tuple[str, Any]], dict[Any, Any], list[int]]] = {}

    @event.listens_for(session, "after_transaction_create")
    def begun(_session: Session, transaction: Any) -> None:
        if transaction.nested:
            lengths = [len(each) for each in _growing(context)]
            before[transaction] = set(context.superseded), dict(context.changed), lengths

    @event.listens_for(session, "after_soft_rollback")
    def rolled_back(_session: Session, transaction: Any) -> None:
        if transaction in before:
            context.superseded, context.changed, lengths = before.pop(transaction)
            for each, length in zip(_growing(context), lengths, strict=True):
                del each[length:]


def _growing(context: Context) -> list[list[Any]]:
    return [context.audited, context.events, context.born, context.afterwards]
