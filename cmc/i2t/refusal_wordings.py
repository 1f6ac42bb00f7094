"""How assistants decline: regular expressions on lower-case text with straight quotes, matched where it begins."""

NOT = r"(?:can ?not|can'?t|could ?n[o']'?t|couldnt|won'?t|will not|would ?not|wouldn'?t|am not|was not|wasn'?t|'?m not)"
# What assistants say that they cannot do; a sign or a title has other verbs.
TASK = (
    r"(?:(?:be able|able|directly|actually|currently|really|fully|accurately|definitively|provide|in)(?: to)? ){0,3}"
    r"(?:access|analy[sz]e|answer|assist|caption|comply|complete|confirm|continue|create|describe|determine|discern"
    r"|discuss|display|do (?:that|this|so)|engage|examine|fulfil|generate|give|help|identif|interpret|load|look at"
    r"|make out|offer|open|participate|perform|process|produce|provide|read the|recogni[sz]e|respond|see|share|show"
    r"|summari[sz]e|support|tell|verify|view|write|any |a |an )"
)
PICTURE = (
    r"(?:image|picture|photo|photograph|file|attachment|screenshot|visual|input|url|link)s?(?: (?:file|content|data))?"
)
MODEL = (
    r"(?:ai|a\.i\.|llm|chatbot|(?:\w+[ ,/-]+){0,3}?(?:language|text-based|text-only|text)[ -]+(?:\w+ )?"
    r"(?:model|assistant|ai)|(?:\w+ ){0,2}(?:artificial intelligence|ai|virtual|digital)[ -]"
    r"(?:\w+ )?(?:model|assistant|chatbot|system|program|developed|created|trained))"
)
I_AM = r"(?:i'?m|i am|i was|we'?re|we are|i feel)(?: \w+)?"

# Words of politeness before the refusal itself.
PREFACES = (
    r"(?:(?:i'?m|i am|we'?re|we are) )?(?:(?:so|very|really|truly|terribly|deeply|extremely) )?(?:sorry|afraid)"
    r"(?: about that| for (?:that|this|the|any) ?\w*(?: \w+)?)?",
    r"(?:my |our )?(?:sincere(?:st)? |deepest )?apologies(?: for [^.,!]{0,60})?",
    r"unfortunately|regrettably|sadly|(?:hi|hello|hey)(?: there)?|hmm+|oh|oops|ah|well|okay|ok"
    r"|sure|certainly|of course",
    r"(?:thanks|thank you)(?: [^.!?]{0,100}?)?(?=[.!?,;]| but\b)",
    r"(?:i (?:understand|appreciate|know|reali[sz]e|see that you)|great|good)\b[^.!?]{0,100}?(?=[.!?]|, (?:but"
    r"|however)\b)",
    r"but|however|that|to say|at this time|it (?:seems|appears|looks like)(?: that)?(?= (?:i|we)\b)",
)

WORDINGS = (
    # I cannot, I do not, I apologise: no caption speaks so of itself, but for signs and titles
    rf"(?:i|we)(?: (?:simply|really|just|currently|actually|also|still|personally|do|must))? ?{NOT}\b"
    r"(?! (?:believe|stop|wait|breathe|sleep|live|hear you|dance|fight|go|get)\b)",
    r"(?:i|we) (?:do|did|have|had|would|should|must|might|may|was|were)(?: not|n'?t)\b",
    r"(?:i'?m|i am|we'?re|we are)? ?(?:so |very )?sorry\W*(?:$|no\b)|(?:i am|i'?m) sorry,? (?:but )?(?:the|this|your"
    r"|that)\b",
    r"(?:that)?'?s (?:not )?something i|it'?s? (?:is )?(?:not possible|impossible) for me",
    rf"there (?:does ?n'?t|does not) (?:seem|appear) to be (?:an?|any) {PICTURE}",
    r"(?:i|we)(?:'ve|'d|'ll)? (?:(?:do|must|sincerely|deeply|truly) )?(?:apologi[sz]e|regret|refuse|decline"
    r"|respectfully|lack\b|avoid\b|prefer not|rather not)",
    r"(?:i|we)(?:'d| would) (?:rather|prefer) not|(?:i|we) would (?:rather not|prefer not|need)|i wish i could",
    r"(?:i|we) have no (?:way|ability|access|image|eyes|capab)|i see no \w* ?(?:image|picture|photo)",
    r"(?:i|we)(?:'ll)? (?:must|will have to|have to|need to)(?: \w+)? (?:decline|refuse|pass)",
    r"i (?:need|require) (?:you|more|an?|the)(?: \w+)? ?(?:image|context|info|detail|to)|i can only|i only (?:see"
    r"|process|have)",
    rf"{I_AM} (?:unable|incapable|prohibited|restricted|programmed|designed|having (?:trouble|difficulty|a hard))",
    rf"{I_AM} ?not (?:able|capable|allowed|permitted|comfortable|going|in a|sure what|designed|trained|equipped|auth"
    rf"|seeing)",
    rf"(?:i'?m|i am)(?: just| only)? (?:an? ){MODEL}",
    rf"(?:as|being|since i'?m|because i'?m)(?: just| only)? an? {MODEL}\b(?!.(?:generated|art|image|render|paint"
    rf"|draw|model walk))",
    # without a subject
    rf"(?:unable|not able|cannot|can'?t|can not|couldn'?t|could not|failed)(?: to)? {TASK}",
    r"my (?:\w+ )?(?:guidelines|programming|polic(?:y|ies)|safety|capabilit|abilit|instructions|training|creators)",
    rf"(?:the |this |your |that )?(?:\w+ )?(?:request|prompt|query|question|{PICTURE}|content|response|output)"
    r"(?: you(?:'ve| have)? \w+| \w+ed)? (?:(?:"
    r"(?:can ?not|can'?t|could ?not|couldn'?t|wasn'?t|isn'?t|hasn'?t|didn'?t|doesn'?t|failed"
    r"|(?:was|is|has|did|does|may|might|appears|seems) not) (?:(?:to|be|been|have|appear|properly|successfully) ){0,4}"
    r"(?:load|display|process|open|view|analy|attach|upload|provided|access|available to me|come through|identif"
    r"|describ))"
    r"|(?:was|is|has been|may|might|appears to be|seems to be) (?:violat|against (?:my|our)|blocked by|filtered"
    r"|rejected|denied"
    r"|refused|flagged|missing|corrupt))",
    rf"(?:this|your|the) (?:request|prompt|query|content|{PICTURE}) (?:violates|goes against)",
    rf"(?:there (?:is|was|'?s|are|were|seems to be|appears to be) )?no {PICTURE} (?:was|were|is|has|have|had|attached"
    r"|provided|uploaded|received|found|detected|included|(?:here |there )?(?:to (?:describe|caption|analy|see|view"
    r"|look|work|process)|for me)\b)",
    rf"(?:it )?(?:seems|looks|appears)(?: like| that| as if| as though)? [^.]{{0,30}}\b(?:you|your|no {PICTURE}"
    rf"|there|i|that)\b"
    r"[^.]{0,60}(?:n't\b|\bnot\b|\bno\b|forgot|missing|unable|fail|nt\b|attached|provided|uploaded)",
    rf"(?:it )?(?:seems|looks|appears)(?: like| that| as if| as though)? (?:the|your|that) {PICTURE} [^.]{{0,30}}"
    r"(?:n't\b|\bnot\b|missing|fail)",
    r"you(?:'ve| have|'?re)? ?(?:haven'?t|not|didn'?t|did not|forgot|need to)\b",
    r"(?:please|could you|can you|would you|kindly)(?: please| try)? (?:re-?)?(?:upload|provid|shar|attach|send"
    r"|describ|giv)"
    rf"[^.]{{0,50}}(?:{PICTURE}|detail|context|description|again)",
    r"(?:this|that|it|doing so|describing|identifying)\b[^.]{0,60}(?:against (?:my|our|the \w*polic)|violates? "
    r"|something i (?:can'?t|cannot"
    r"|can not|am not|'?m not|won'?t))",
    r"\W{0,3}(?:content|output|response|request|image|answer) (?:was )?"
    r"(?:removed|blocked|filtered|withheld|redacted|denied|refused|rejected|omitted)",
    # Chinese, simplified and traditional
    r"(?:我|本人|本模型)?(?:非常|很|十分|真的|实在|深感)?(?:抱歉|对不起|對不起|不好意思|遗憾|遺憾)(?! ?[a-z])",
    r"(?:作为|作為|身为|我(?:只)?是)(?:一个|一個|一名|一款)?(?:ai|人工智能|人工智慧|大?型?语言|大?型?語言|大模型|纯文本|文本|虚拟)",
    r"[^。“”\"']{0,15}?我(?:目前|暂时|暫時|现在|还|還|并|並|恐怕)?"
    r"(?:无法|無法|不能|没法|沒法|没有|沒有|不会|不會|不可以|看不|无权|無權|拒绝|拒絕|不便)",
    r"(?:暂时|目前)?(?:无法|無法|不能|未能)(?:直接)?(?:查看|识别|識別|辨|处理|處理|描述|提供|显示|顯示|加载|載入)",
    r"(?:暂时|目前)?(?:无法|無法|不能|未能)(?:直接)?(?:回答|协|帮|幫|访问|生成|满足|完成|分析)",
    r"(?:您|你|似乎|好像|看起来)[^。]{0,8}(?:没有|沒有|未|忘)[^。]{0,6}(?:上传|上傳|提供|附|发送)",
    r"(?:没有|沒有|未)(?:检测到|看到|收到|找到|提供|上传)[^。]{0,6}(?:图|圖|照片)",
    r"请(?:您|你)?(?:重新|先)?(?:上传|提供|发送)[^。]{0,10}(?:图|照片)",
    # Japanese, Korean, French, Spanish, German, Portuguese, Italian, Russian
    r"申し訳|すみません|ごめんなさい|恐れ入り|죄송|미안",
    r"désolée?\b|je (?:suis|regrette)[^.]{0,15}désol|je (?:ne )?(?:peux|puis) pas|malheureusement,? je",
    r"lo siento|lamento|lamentablemente|no puedo|desculpe|sinto muito|não posso|mi dispiace|non posso",
    r"es tut mir|tut mir leid|leider kann|ich kann (?:leider|nicht|das|dieses|keine)|извините|к сожалению|простите"
    r"|я не могу",
)

# In the middle of a sentence ("Due to our policy, I cannot identify people") only with the verb of a task.
LATER = (
    rf"\b(?:i|we) ?(?:{NOT}|do not|don'?t|'?m unable to|am unable to|'?m not able to|am not able to|have to decline"
    rf"|must decline)(?: to)? (?:\w+ )?{TASK}"
)
