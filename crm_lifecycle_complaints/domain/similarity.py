"""Which complaints resemble one another, by the words of their subjects and what they are about."""

import re

# Words shorter than this say too little to search for.
SHORTEST = 4


def telling_words(subject: str, count: int = 4) -> list[str]:
    """The longest distinct words of a subject, in lower case: the ones likeliest to say what it is about."""
    words = dict.fromkeys(word for word in re.findall(r"[^\W\d_]+", subject.lower()) if len(word) >= SHORTEST)
    return sorted(words, key=lambda word: (-len(word), word))[:count]


def likeness(subject: str, other: str, same_product: bool, same_customer: bool, same_category: bool) -> float:
    """How much two complaints resemble each other: 0 for not at all; product counts most, then words, customer and category."""
    mine, theirs = set(telling_words(subject, 20)), set(telling_words(other, 20))
    shared = len(mine & theirs) / max(1, min(len(mine), len(theirs)))
    return 3 * same_product + 2 * shared + same_customer + 0.5 * same_category
