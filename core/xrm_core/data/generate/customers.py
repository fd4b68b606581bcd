"""Made-up customers: names of syllables, numbers that pass their checks, addresses that cannot be real."""

import unicodedata
from datetime import date
from random import Random

from stdnum import luhn

from xrm_core.data.generate import words
from xrm_core.data.generate.books import Customer


class CustomerMaker:
    """Makes customers one by one; no two have the same name or SIREN."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._names: set[str] = set()
        # Every number of five digits comes once: the step shares no factor with 100,000.
        self._serial = rng.randrange(100_000)

    def customer(self, number: int, since: date) -> Customer:
        rng = self._rng
        name, word = self._name()
        siren = self._siren()
        postal_code, city = rng.choice(words.CITIES)
        return Customer(
            customer_no=f"C{number:05d}",
            name=name,
            siren=siren,
            vat_number=vat_number(siren),
            street=f"{rng.randrange(1, 120)} {rng.choice(words.STREETS)}",
            postal_code=postal_code,
            city=city,
            country="FR",
            email=f"compta@{_host(word)}-{number}.example",
            # Numbers that the French regulator keeps free for fiction.
            phone=f"+3319900{rng.randrange(10_000):04d}",
            language="fr",
            payment_days=rng.choice((30, 30, 45, 60)),
            is_strategic=rng.randrange(25) == 0,
            since=since,
        )

    def _name(self) -> tuple[str, str]:
        rng = self._rng
        while True:
            count = rng.choice((1, 2, 2))
            word = "".join(rng.choice(words.SYLLABLES) for _ in range(count)) + rng.choice(words.ENDINGS)
            name = f"{word.capitalize()} {rng.choice(words.TRADES)} {rng.choice(words.FORMS)}"
            if name not in self._names:
                self._names.add(name)
                return name, word

    def _siren(self) -> str:
        self._serial = (self._serial + 7_919) % 100_000
        stem = f"999{self._serial:05d}"
        return stem + luhn.calc_check_digit(stem)


def vat_number(siren: str) -> str:
    """The French VAT number of a company: FR, the key (12 + 3·(SIREN mod 97)) mod 97, and its SIREN."""
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


def _host(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.lower())
    return "".join(character for character in decomposed if character.isascii() and character.isalnum())
