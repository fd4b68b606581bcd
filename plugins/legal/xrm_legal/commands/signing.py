"""Signing: who signs for whom, sending out, and each signature as it is given (rules.md C7)."""

import datetime as dt

from pydantic import Field

from xrm_core.declare import Context, Id, Input, Money, command
from xrm_core.errors import Refusal
from xrm_core.identity.models import User
from xrm_legal import repository
from xrm_legal.errors import AlreadySigned, ContentChanged, NoSignatory, WrongState
from xrm_legal.models import Contract, Signatory
from xrm_legal.rules import Side, SignatureLevel, power_refusals
from xrm_legal.sheet import ContractSheet, signatory_facts

# Once it is out, who signs is settled.
_OPEN = ("DRAFT", "IN_REVIEW", "NEGOTIATION", "PENDING_APPROVAL", "APPROVED")


class AddSignatory(Input):
    """Who signs, for which side, and with which power."""

    side: Side
    name: str = Field(min_length=1, max_length=200)
    role: str = Field(default="", max_length=200, description="The office in which they sign.")
    user: Id[User] | None = Field(default=None, description="Of our side: who that is here.")
    has_power: bool = Field(default=False, description="A power to sign is on record; our side needs it.")
    power_limit: Money | None = Field(default=None, description="The highest value; null: no limit.")
    power_from: dt.date | None = None
    power_to: dt.date | None = None


@command("legal.contract.add_signatory", on=Contract)
async def add_signatory(ctx: Context, contract: Contract, given: AddSignatory) -> Signatory:
    """Name somebody who is to sign."""
    if contract.state not in _OPEN:
        raise WrongState("Naming a signatory", contract.state)
    signatory = Signatory(
        contract=contract.id,
        unit=contract.unit,
        side=str(given.side),
        **{name: getattr(given, name) for name in AddSignatory.model_fields if name != "side"},
    )
    ctx.add(signatory)
    return signatory


@command("legal.contract.send", on=Contract, move="send")
async def send_contract(ctx: Context, contract: Contract) -> Contract:
    """Send the approved contract out for signature, at the level that its type and value need."""
    contract.signature_level = None
    contract.signature_level = str((await repository.sheet(ctx, contract)).level())
    return contract


class SignContract(Input):
    """Whose signature it is, given how and when."""

    signatory: Id[Signatory] | None = Field(default=None, description="You yourself, if not said.")
    level: SignatureLevel = Field(
        default=SignatureLevel.AES,
        description="eIDAS; QES also stands for a signature by hand, which has its effect.",
    )
    signed_on: dt.date | None = Field(default=None, description="Today, if not said.")


@command("legal.contract.sign", on=Contract)
async def sign_contract(ctx: Context, contract: Contract, given: SignContract) -> Contract:
    """Record a signature; with the last one that was missing the contract is signed (rules.md C5)."""
    if contract.state != "OUT_FOR_SIGNATURE":
        raise WrongState("Signing", contract.state)
    sheet = await repository.sheet(ctx, contract)
    signatory = _signatory(ctx, sheet, given)
    if signatory.signed_sha256 is not None and signatory.signed_sha256 == contract.approved_sha256:
        raise AlreadySigned(signatory.name)
    sealed, _ = sheet.seal()
    if sealed is None or sealed != contract.approved_sha256:
        raise ContentChanged
    on = given.signed_on or ctx.today
    ctx.refuse(_signing_refusals(contract, signatory, given, on=on, today=ctx.today, level=sheet.level()))
    signatory.signed_at, signatory.signed_on = ctx.now, on
    signatory.signature_level, signatory.signed_sha256 = str(given.level), sealed
    ctx.emit("legal.contract.signature_given", contract=contract.id, signatory=signatory.id)
    if all(one.signed_sha256 == sealed for one in sheet.signatories):
        contract.signed_on = max(one.signed_on for one in sheet.signatories if one.signed_on)
        await ctx.move(contract, "sign")
    return contract


def _signatory(ctx: Context, sheet: ContractSheet, given: SignContract) -> Signatory:
    for one in sheet.signatories:
        mine = ctx.actor.user_id is not None and one.user == ctx.actor.user_id
        if one.id == given.signatory or (given.signatory is None and mine):
            return one
    raise NoSignatory


def _signing_refusals(
    contract: Contract,
    signatory: Signatory,
    given: SignContract,
    *,
    on: dt.date,
    today: dt.date,
    level: SignatureLevel,
) -> list[Refusal]:
    refusals = []
    if on > today:
        refusals.append(
            Refusal("legal.signed_ahead", "A signature is not given ahead of its day.", "signedOn")
        )
    if given.level.strength < level.strength:
        message = f"This contract is signed at the level {level} at least."
        refusals.append(Refusal("legal.signature_too_weak", message, "level"))
    if signatory.side == Side.US:
        refusals += power_refusals(signatory_facts(signatory), value=contract.amount, on=on)
    return refusals
