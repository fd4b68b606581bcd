"""How legal work says no."""

from collections.abc import Sequence

from xrm_core.errors import Conflict, DomainError, Forbidden, IllegalTransition, Invalid, NotFound, Refusal


class ContentUnfit(Invalid):
    """The contract cannot be put together from its template and variables; each problem names one of them."""

    code = "legal.content_unfit"

    def __init__(self, problems: Sequence[Refusal]) -> None:
        super().__init__(
            " ".join(problem.message for problem in problems), field=problems[0].field, problems=problems
        )


class ContentChanged(Conflict):
    """The stored content is not the one that was approved or signed, so no document is made from it."""

    code = "legal.content_changed"

    def __init__(self) -> None:
        super().__init__("The content is not the one that was approved.", field="contentSha256")


class TextForbidden(Invalid):
    """A text of a clause or template uses something that texts may not."""

    code = "legal.text_forbidden"

    def __init__(self, statement: str) -> None:
        super().__init__(f"A text may not say {statement!r}; it may say if and for.", field="text")


class UnprintableText(Invalid):
    """The text holds characters that no font of ours has; what is to be signed must be readable."""

    code = "legal.unprintable_text"

    def __init__(self, characters: str) -> None:
        super().__init__(f"No font has these characters: {characters}", field="text")


class UnitMissing(Invalid):
    """A contract is between a unit of ours and a party; no unit was said."""

    code = "legal.unit_missing"

    def __init__(self) -> None:
        super().__init__("Say for which unit: you have no home unit.", field="unitId")


class OwnUnit(Invalid):
    """A unit does not make contracts with itself."""

    code = "legal.own_unit"

    def __init__(self) -> None:
        super().__init__("The party is the unit itself.", field="party")


class TermContradicts(Invalid):
    """The end does not follow from the effective day and the term."""

    code = "legal.term_contradicts"

    def __init__(self, why: str) -> None:
        super().__init__(why, field="endsOn")


class ClauseNotUsed(NotFound):
    """The contract has no such clause."""

    code = "legal.clause_not_used"

    def __init__(self, key: str) -> None:
        DomainError.__init__(self, f"The contract has no clause {key}.", field="key")


class WrongLanguage(Invalid):
    """A contract is written in one language."""

    code = "legal.wrong_language"

    def __init__(self, clause: str, contract: str) -> None:
        super().__init__(f"The clause is in {clause}, the contract in {contract}.", field="clause")


class ClausesMissing(Conflict):
    """The library has no current version of clauses that the template names."""

    code = "legal.clauses_missing"

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__(f"The library lacks {', '.join(keys)}.", field="template")


class NoSignatory(NotFound):
    """Nobody of that id is named to sign this contract."""

    code = "legal.no_signatory"

    def __init__(self) -> None:
        DomainError.__init__(self, "Nobody of that id is named to sign this contract.", field="signatory")


class AlreadySigned(Conflict):
    """A signature is given once."""

    code = "legal.already_signed"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} has signed already.", field="signatory")


class WrongState(IllegalTransition):
    """What is asked for is not possible in the state the contract is in."""

    code = "legal.wrong_state"

    def __init__(self, what: str, state: str) -> None:
        super().__init__(f"{what} is not possible while the contract is {state}.", field="id")


class AlreadyDecided(Conflict):
    """A derogation is decided once; a new request may be made."""

    code = "legal.already_decided"

    def __init__(self) -> None:
        super().__init__("It was decided already.", field="id")


class NotDerogatory(Conflict):
    """Only a clause that departs from our standard needs a derogation."""

    code = "legal.not_derogatory"

    def __init__(self, key: str) -> None:
        super().__init__(f"The clause {key} is our standard: it needs no derogation.", field="id")


class OwnRequest(Forbidden):
    """Nobody decides on what they asked for themselves (rules.md R-0-09)."""

    code = "legal.own_request"

    def __init__(self) -> None:
        super().__init__("You asked for it: somebody else decides.")
