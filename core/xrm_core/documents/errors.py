"""How the making of a document says no."""

from collections.abc import Sequence

from xrm_core.errors import DomainError, Invalid, LimitExceeded, NotFound, Refusal, Unavailable


class TemplateUndefined(Invalid):
    """The template uses values that the data does not give; each problem names one of them."""

    code = "core.template_undefined"

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"The template uses values that are not given: {', '.join(names)}.",
            field=names[0],
            problems=[
                Refusal(self.code, f"The template uses {name}; it is not given.", name) for name in names
            ],
        )


class TemplateInvalid(Invalid):
    """The template cannot be understood, or fails on this data; the message names the place."""

    code = "core.template_invalid"

    def __init__(self, why: str, *, template: str, line: int | None = None) -> None:
        place = template if line is None else f"{template}, line {line}"
        super().__init__(f"The template {place} does not work: {why}", field="template")


class TemplateForbidden(TemplateInvalid):
    """The template asks for something no template may have."""

    code = "core.template_forbidden"


class TemplateMissing(DomainError):
    """No template is shipped or registered under this name."""

    code = "core.template_missing"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no template {name}.", field="template")


class DocumentDataInvalid(Invalid):
    """The data is not plain: dict, list, str, int, Decimal, date, bool and None may go into a document."""

    code = "core.document_data_invalid"

    def __init__(self, why: str, *, path: str) -> None:
        super().__init__(f"{path}: {why}", field=path)


class RenderLimitExceeded(LimitExceeded):
    """The document needs more time, memory or room than one document may."""

    code = "core.render_limit"

    def __init__(self, why: str) -> None:
        super().__init__(f"The document could not be made within its limits: {why}.")


class RenderUnavailable(Unavailable):
    """The part that makes documents cannot start here, or has too much to do already."""

    code = "core.render_unavailable"


class DocumentNotStored(NotFound):
    """No stored file has this content."""

    code = "core.document_not_stored"

    def __init__(self, sha256: str) -> None:
        super().__init__("stored file", sha256, field="sha256")


class DocumentCorrupt(Unavailable):
    """The stored file is not what was stored: its bytes no longer have the hash in its name."""

    code = "core.document_corrupt"

    def __init__(self, sha256: str) -> None:
        super().__init__(f"The stored file {sha256} was changed or damaged on disk.", field="sha256")


class UploadRefused(LimitExceeded):
    """The user has as many uploads waiting as one user may."""

    code = "core.upload_refused"

    def __init__(self, message: str) -> None:
        super().__init__(message, field="body")


class UploadLost(Unavailable):
    """The upload is known, but its bytes are not on this machine's disk."""

    code = "core.upload_lost"

    def __init__(self, field: str) -> None:
        super().__init__("The uploaded file is not there any more; upload it again.", field=field)
