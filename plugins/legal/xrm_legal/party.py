"""What legal adds to a party: `Party.legal { contracts obligations nextNotice }`."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from xrm_core.declare import TODAY, Resource, computed, linked
from xrm_core.graph.party import Party
from xrm_legal.models import BINDING, NOTICE, Contract, Deadline


def _next_notice(party: Any) -> Any:
    """The earliest day ahead by which notice must be given in a contract that binds the party."""
    return linked(
        party,
        Contract,
        "party",
        lambda contract: sa.func.min(_notice_of(contract)),
        where=lambda contract: sa.or_(*(contract.state == state for state in BINDING)),
    )


def _notice_of(contract: Any) -> Any:
    return linked(
        contract,
        Deadline,
        "contract",
        lambda deadline: sa.func.min(deadline.falls_on),
        where=lambda deadline: sa.and_(deadline.kind == NOTICE, deadline.falls_on >= TODAY),
    )


class PartyLegal(Resource, extends=Party):
    """What the law department knows of a party."""

    __resource__ = "legal.party"

    next_notice = computed(
        dt.date,
        _next_notice,
        hideable=True,
        description="The first day ahead by which notice must be given in a contract in force.",
    )
