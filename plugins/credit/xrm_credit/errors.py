"""How credit says no."""

import datetime as dt

from xrm_core.errors import DomainError, WireCode


class NotACustomer(DomainError):
    """The unit has no customer relationship with the party: what is owed hangs on one."""

    code = "credit.not_a_customer"

    def __init__(self, field: str = "partyId") -> None:
        super().__init__("This party is no customer of the unit.", field=field)


class UnitMissing(DomainError):
    """The command cannot tell for which unit it is done."""

    code = "credit.unit_missing"

    def __init__(self) -> None:
        super().__init__("Say for which unit: you have no home unit.", field="unitId")


class RunInTheFuture(DomainError):
    """Letters cannot bear a date that has not come; a run may be simulated for it."""

    code = "credit.run_in_the_future"

    def __init__(self, as_of: dt.date) -> None:
        super().__init__(f"{as_of.isoformat()} has not come: only a dry run can be made.", field="asOf")


class LaterRunSent(DomainError):
    """Letters with a later date are sent already: levels would no longer follow the dates."""

    code = "credit.later_run_sent"
    wire = WireCode.CONFLICT

    def __init__(self, as_of: dt.date, latest: dt.date) -> None:
        message = f"Letters of {latest.isoformat()} are sent: none can be dated {as_of.isoformat()} any more."
        super().__init__(message, field="asOf")


class BooksChanged(DomainError):
    """Something was paid, disputed or sent while the letters were made; nothing was sent."""

    code = "credit.books_changed"
    wire = WireCode.CONFLICT

    def __init__(self) -> None:
        super().__init__("The books changed while the letters were made; nothing was sent. Run it again.")


class NotTheOwner(DomainError):
    """Only the owner of the relationship decides this."""

    code = "credit.not_the_owner"
    wire = WireCode.FORBIDDEN

    def __init__(self) -> None:
        super().__init__("Only the owner of the relationship releases its letters.", field="relationshipId")
