"""What the one search field looks for, in the text that every order keeps for it."""

import re

from django.db.models import Q


def search_condition(text: str) -> Q:
    """Every word occurs in the order's search text; codes and phone numbers may be written with other separators.

    Words of one or two characters must begin a word, since nearly every order contains them somewhere.
    """
    if number := phone_number(text):
        return Q(search_text__contains=number)
    found = Q()
    for word in text.lower().split():
        compact = re.sub(r"[()+./#-]+", "", word)
        if len(word) <= 2:
            found &= Q(search_text__contains=f" {word}")
        elif len(compact) <= 2 or not re.search(r"\d", compact):
            found &= Q(search_text__contains=word)
        elif compact in word:
            found &= Q(search_text__contains=compact)
        else:
            found &= Q(search_text__contains=word) | Q(search_text__contains=compact)
    return found


def phone_number(text: str) -> str:
    """The digits of a phone number without the zeros that stand for “abroad” or “long distance”; else nothing."""
    if not re.fullmatch(r"[\d\s()+./-]+", text):
        return ""
    digits = re.sub(r"\D", "", text)
    is_spelled_out = digits != text and text.startswith(("+", "0")) and len(digits) >= 4
    return re.sub(r"^0{1,2}(?=[1-9])", "", digits) if is_spelled_out or len(digits) >= 8 else ""
