"""Made-up books with known answers: what French customers bought, paid and owe, and the right totals."""

from xrm_core.data.generate.books import Books
from xrm_core.data.generate.files import read_books, write_books
from xrm_core.data.generate.generator import DEFAULT_AS_OF, generate

__all__ = ["DEFAULT_AS_OF", "Books", "generate", "read_books", "write_books"]
