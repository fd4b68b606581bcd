"""What a person reads instead of a name, in both languages of the product."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Label:
    """One text in English and in French."""

    en: str
    fr: str

    def of(self, language: str | None) -> str:
        """The text in that language (`fr`, `fr-BE` …); English for a language we do not speak."""
        return self.fr if (language or "").lower().startswith("fr") else self.en
