"""What one can do in legal: the library, drafting, deciding, signing, and the life of a contract."""

from xrm_legal.commands import deciding, drafting, library, life, signing

__all__ = ["deciding", "drafting", "library", "life", "signing"]
