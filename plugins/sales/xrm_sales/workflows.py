"""How an opportunity lives: forward by one stage or several, backward and back to life with a reason."""

from collections.abc import Iterator, Sequence

from xrm_sales.rules import Outcome, PipelineStage
from xrm_sales.shipped import rows, shipped_pipeline
from xrm_workflows import Label, Move, Process, State
from xrm_workflows.form import FieldKind, FormField

_PERMISSION = "sales.opportunity.move"
_NEXT_STEP = {
    "next_step": FormField(FieldKind.TEXT, Label("Next step", "Prochaine étape"), required=False),
    "next_step_on": FormField(FieldKind.DATE, Label("By when", "Pour quand"), required=False),
}
_LOSS = {
    "competitor": FormField(FieldKind.TEXT, Label("Competitor", "Concurrent"), required=False),
    "comment": FormField(FieldKind.TEXT, Label("Comment", "Commentaire"), required=False),
}


def event_to(stage: PipelineStage) -> str:
    """The event that takes an opportunity into a stage, from wherever."""
    return {Outcome.WON: "win", Outcome.LOST: "lose"}.get(stage.outcome, f"to_{stage.code.lower()}")


def _states(stages: Sequence[PipelineStage]) -> list[State]:
    return [
        State(
            stage.code,
            is_final=stage.outcome is not Outcome.OPEN,
            label=Label(stage.names["en"], stage.names["fr"]),
        )
        for stage in stages
    ]


def _moves(stages: Sequence[PipelineStage]) -> Iterator[Move]:
    opened = [stage for stage in stages if stage.outcome is Outcome.OPEN]
    closed = [stage.code for stage in stages if stage.outcome is not Outcome.OPEN]
    for stage in opened:
        name, event = stage.names, event_to(stage)
        earlier = [one.code for one in opened if one.order < stage.order]
        later = [one.code for one in opened if one.order > stage.order]
        if earlier:
            label = Label(f"On to {name['en']}", f"Passer à {name['fr']}")
            yield Move(
                event,
                sources=earlier,
                target=stage.code,
                permission=_PERMISSION,
                form=_NEXT_STEP,
                label=label,
            )
        if later:
            label = Label(f"Back to {name['en']}", f"Revenir à {name['fr']}")
            yield Move(
                event, sources=later, target=stage.code, permission=_PERMISSION, form=_NEXT_STEP, label=label,
                reason="required",
            )  # fmt: skip
        label = Label(f"Reopen in {name['en']}", f"Rouvrir en {name['fr']}")
        yield Move(
            event, sources=closed, target=stage.code, permission=_PERMISSION, form=_NEXT_STEP, label=label,
            reason="required", starts_episode=True,
        )  # fmt: skip
    yield from _closings(stages, [stage.code for stage in opened])


def _closings(stages: Sequence[PipelineStage], opened: Sequence[str]) -> Iterator[Move]:
    reasons = {row["code"]: Label(row["name_en"], row["name_fr"]) for row in rows("loss_reasons")}
    for stage in stages:
        if stage.outcome is Outcome.WON:
            label = Label("Win", "Gagner")
            yield Move("win", sources=opened, target=stage.code, permission=_PERMISSION, label=label)
        if stage.outcome is Outcome.LOST:
            yield Move(
                "lose", sources=opened, target=stage.code, permission=_PERMISSION, label=Label("Lose", "Perdre"),
                reason="required", reasons=reasons, form=_LOSS,
            )  # fmt: skip


OPPORTUNITY = Process(
    "sales.opportunity",
    _states(shipped_pipeline().stages),
    list(_moves(shipped_pipeline().stages)),
    title=Label("Opportunity", "Opportunité"),
    master="stage",
)
