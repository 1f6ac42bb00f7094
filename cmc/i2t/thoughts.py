"""What a reasoning model writes before it answers: cut off, so that it never is a caption."""

import re

# Tags of DeepSeek, Qwen and GLM (<think>), of Seed (<seed:think>), EXAONE (<thought>) and prompted models, plain or
# as HTML entities; Kimi (◁think▷), Mistral ([THINK]), Cohere (<|START_THINKING|>), OpenThinker
# (<|begin_of_thought|>), Open WebUI (<details type="reasoning">).
_WORD = (
    r"(?:\w{1,20}[:_-])?(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflect(?:ion)?|analysis|scratch_?pad|rationale"
    r"|antthinking|(?:inner|internal)_(?:monologue|thoughts?)|chain_of_thought|cot)"
)
_TAG = re.compile(
    r"<\|(?P<long>START|END|begin_of|end_of)_(?:thinking|thought)\|>"
    rf"|(?:<|&lt;|◁)(?P<angle>/?)\|?{_WORD}\|?(?:\s[^<>]{{0,100}})?(?:>|&gt;|▷)"
    r"|\[(?P<bracket>/?)(?-i:THINK)\]"
    r"|<(?P<details>/?)details(?:\stype=.?reasoning[^<>]{0,100}|(?<=/details))>",
    re.IGNORECASE,
)
# Harmony (gpt-oss) and Gemma name a channel before each text; only the final one answers.
_CHANNEL = re.compile(r"<\|channel\|?>\s*(\w+)(?:[^<>]{0,40}<\|message\|>)?", re.IGNORECASE)
_CHANNEL_MARKS = frozenset({"<|channel|>", "<|message|>", "<|channel>", "<channel|>"})
_LEAKED_CHANNELS = re.compile(r"analysis(?=[A-Z]).*?assistant\s*final", re.DOTALL)
_GRANITE = re.compile(r"here(?:'s| is) my thought process:", re.IGNORECASE)
_GRANITE_ANSWER = re.compile(r"here(?:'s| is) my response:", re.IGNORECASE)
# Other marks around an answer: special tokens that leaked, and tags around the answer itself.
_MARKS = re.compile(r"<\|[\w ]{1,40}\|>|</?(?:answer|response|output|caption)>|</?s>", re.IGNORECASE)


def is_mark(token: str) -> bool:
    """Whether a tokenizer's token begins or ends thoughts: it must be seen, or they would be read as the answer."""
    return bool(_TAG.fullmatch(token)) or token in _CHANNEL_MARKS


def without_thoughts(text: str) -> str | None:
    """What follows the thoughts, or None where they never end; a text without any comes back as it is."""
    answer = text
    for cut in (_after_channels, _after_granite, _outside_tags):
        rest = cut(answer)
        if rest is None:
            return None
        answer = rest
    return _MARKS.sub("", answer)


def _after_channels(text: str) -> str | None:
    leaked = _LEAKED_CHANNELS.match(text)
    if leaked:
        return text[leaked.end() :]
    channels = list(_CHANNEL.finditer(text))
    if not channels:
        return text
    last = channels[-1]
    if last[1].lower() == "final":
        return text[last.end() :]
    _, closed, answer = text[last.end() :].partition("<channel|>")  # Gemma's end of a thought
    return answer if closed else None


def _after_granite(text: str) -> str | None:
    if not _GRANITE.match(text.lstrip()):
        return text
    answer = _GRANITE_ANSWER.search(text)
    return text[answer.end() :] if answer else None


def _outside_tags(text: str) -> str | None:
    """One pass over the tags, so that a hostile text of nothing but tags takes no longer than another."""
    kept: list[str] = []
    start, thinking = 0, False
    for tag in _TAG.finditer(text):
        closes = "/" in tag.group("angle", "bracket", "details") or (tag["long"] or "").lower().startswith("end")
        if closes and not thinking:
            kept = []  # the prompt had opened it: all before was thought
        elif not closes and not thinking:
            kept.append(text[start : tag.start()])
        thinking, start = not closes, tag.end()
    return None if thinking else "".join([*kept, text[start:]])
