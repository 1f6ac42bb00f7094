"""What an encoder is asked (CMC-Bench, appendix A.4), by the number of words."""

PROMPTS = {
    5: "Generate an informative paragraph in 5 words based on the image.",
    10: "Generate an informative paragraph in 10 words based on the image. Considering Light, Color.",
    20: "Generate an informative paragraph in 20 words based on the image. Considering Light, Color, Clarity.",
    50: (
        "Generate an informative paragraph in 50 words based on the image. "
        "Considering Light, Color, Clarity, Dense Caption, and Region Semantic."
    ),
}

# A structured caption (MISC, arXiv:2402.16749), whose own question is not published: this one is ours.
MISC_PROMPT = (
    "Name the three most striking objects, people or animals in the image, each in at most 3 words, and describe "
    "each in at most 10 words. Then describe the whole image in at most 50 words. Answer in four lines of plain text "
    "without Markdown, laid out like this:\n"
    "1. name: detail\n"
    "2. name: detail\n"
    "3. name: detail\n"
    "Overall: description"
)


def with_length(prompt: str, words: int | None) -> str:
    """A user's prompt, as it is; with a number of words, that is asked for after it."""
    return prompt if words is None else f"{prompt} Answer in {words} words."


def most_tokens(words: int) -> int:
    """How many tokens an encoder may answer with: room for twice the words, so that only a runaway is cut."""
    return 4 * words + 32
