"""Makes two spellings of one name equal: case, accents, umlauts in both ways, hyphens, abbreviations of street."""

import re
import unicodedata

_SEPARATORS = re.compile(r"[^\w]+|_")
_NUMBER_AND_LETTER = re.compile(r"\b(\d{1,4})\s+([a-z])\b")
_STREET = re.compile(r"(strasse|str)$")
_UMLAUTS = (("ae", "a"), ("oe", "o"), ("ue", "u"))


def words(text: str) -> list[str]:
    """The folded words of a text; `12 a` is one word, and so is the `strasse` of `Feldkircher Strasse`."""
    plain = text.replace("ß", "ss").casefold()
    plain = "".join(each for each in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(each))
    plain = _NUMBER_AND_LETTER.sub(r"\1\2", plain)
    return [fold_word(word) for word in _SEPARATORS.split(plain) if word]


def fold_word(word: str) -> str:
    """`aeulestr` and `aulestrasse` (what is left of `Äulestrasse`) become the same."""
    for written, folded in _UMLAUTS:
        word = word.replace(written, folded)
    return _STREET.sub("strasse", word)
