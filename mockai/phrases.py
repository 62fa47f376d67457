"""What the mock's voice is made of: a few sentences in several languages, and how a language is recognised.

Scripts that belong to one language tell it at once; the others are told apart by their commonest words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from .value import value


@value(frozen=True, slots=True)
class Language:
    """One language: sentences with a place for what they are `about`, its commonest words, and a word for nothing."""

    openings: Sequence[str]
    middles: Sequence[str]
    common: frozenset[str]
    nothing: str
    spaced: bool = True


def language(text: str) -> Language:
    """The language a text is written in, English where nothing tells."""
    return _told(text[:400])


@lru_cache(1024)
def _told(start: str) -> Language:
    for name, script in _SCRIPTS:
        if not start.isascii() and script.search(start):
            return LANGUAGES[name]
    said = set(re.findall(r"[^\W\d_]+", start.lower()))
    best = max(_BY_WORDS, key=lambda name: len(said & LANGUAGES[name].common))
    return LANGUAGES[best]


def _language(openings: str, middles: str, common: str, nothing: str, spaced: bool = True) -> Language:
    return Language(
        openings.strip().splitlines(), middles.strip().splitlines(), frozenset(common.split()), nothing, spaced
    )


LANGUAGES = {
    "en": _language(
        """
Here is what there is to say about {about}.
A short answer on {about}:
Good question about {about}.
Let us look at {about} step by step.
In brief, {about} comes down to a few points.
""",
        """
The first thing to know is how the parts fit together.
In practice it depends on the details of your case.
A small example usually makes it clear.
Start simple, measure, and change one thing at a time.
Most people find that the obvious approach to {about} works well.
There are exceptions, but they are rare.
If you tell me more, I can be more precise.
""",
        "a about an and answer are be can could do does explain for from give have how i in is it me no of on please "
        "say should tell that the this to was what what's when where which who why will with would write you your",
        "your message",
    ),
    "de": _language(
        """
Hier ist, was es zu {about} zu sagen gibt.
Eine kurze Antwort zu {about}:
Gute Frage zu {about}.
""",
        """
Zuerst sollte man wissen, wie die Teile zusammenpassen.
In der Praxis hängt es von den Einzelheiten ab.
Ein kleines Beispiel macht es meist deutlich.
Am besten beginnt man einfach und ändert eines nach dem anderen.
Ausnahmen gibt es, aber sie sind selten.
""",
        "aber als auf aus bei bin bitte das dass dem den der des die du ein eine einen er erkläre es für hat ich im "
        "ist kann können mein mich mir mit nach nicht oder schreibe sich sie sind und uns von wann war warum was "
        "welche wer wie wir wird wo wo zu zum zur über",
        "Ihrer Nachricht",
    ),
    "fr": _language(
        """
Voici ce que l'on peut dire de {about}.
Une réponse brève au sujet de {about}.
Bonne question à propos de {about}.
""",
        """
Il faut d'abord comprendre comment les éléments s'accordent.
En pratique, tout dépend des détails de votre cas.
Un petit exemple suffit souvent à y voir clair.
Mieux vaut commencer simplement et changer une chose à la fois.
Il y a des exceptions, mais elles sont rares.
""",
        "au aux avec ce cette comment dans de des dites du elle en est et explique il je la le les leur mais mon ne "
        "nous ou où par pas pour pourquoi quand que quel quelle quelles quels qui quoi sa se ses son sont sur te tu un "
        "une vous à écris être",
        "votre message",
    ),
    "es": _language(
        """
Esto es lo que se puede decir de {about}.
Una respuesta breve sobre {about}:
Buena pregunta sobre {about}.
""",
        """
Lo primero es saber cómo encajan las partes.
En la práctica depende de los detalles de cada caso.
Un pequeño ejemplo suele aclararlo.
Conviene empezar por lo sencillo y cambiar una cosa cada vez.
Hay excepciones, pero son raras.
""",
        "al como con cuando cuál cuáles cuándo cómo de del dime donde dónde el ella en es escribe esta este explica "
        "hay la las lo los me mi muy más no para pero por porque puede qué que quién se ser si sobre son su sus te tu "
        "un una y yo él",
        "su mensaje",
    ),
    "it": _language(
        """
Ecco che cosa si può dire di {about}.
Una breve risposta su {about}:
Bella domanda su {about}.
""",
        """
Per prima cosa bisogna capire come si legano le parti.
In pratica dipende dai dettagli del caso.
Di solito un piccolo esempio chiarisce tutto.
Conviene partire dal semplice e cambiare una cosa alla volta.
Le eccezioni ci sono, ma sono rare.
""",
        "al alla che chi ci come con cosa da dal dei del della delle di dimmi dove e gli ho i il in io la le lo ma mi "
        "nel nella non o per perché più quale quali quando qual scrivi si sono spiega su sul sulla ti tra un una uno è",
        "questo messaggio",
    ),
    "pt": _language(
        """
Isto é o que se pode dizer de {about}.
Uma resposta breve sobre {about}:
Boa pergunta sobre {about}.
""",
        """
Primeiro convém saber como as partes se encaixam.
Na prática, depende dos pormenores de cada caso.
Um pequeno exemplo costuma bastar.
É melhor começar pelo simples e mudar uma coisa de cada vez.
Há exceções, mas são raras.
""",
        "ao aos as como com da das de diga do dos e ela ele em escreva esta este eu explique foi há isso isto mais mas "
        "me meu minha na não nas no nos o onde os ou para pela pelo por porque qual quais quando que quem se ser seu "
        "sua são também um uma você é à",
        "esta mensagem",
    ),
    "nl": _language(
        """
Dit is wat er over {about} te zeggen valt.
Een kort antwoord over {about}:
Goede vraag over {about}.
""",
        """
Eerst moet je weten hoe de delen in elkaar passen.
In de praktijk hangt het af van de bijzonderheden.
Een klein voorbeeld maakt het meestal duidelijk.
Begin eenvoudig en verander telkens één ding.
Er zijn uitzonderingen, maar die zijn zeldzaam.
""",
        "aan als bij dat de deze die dit doen een en er geef hebben heeft het hij hoe hun ik in is je kan maar me met "
        "mij mijn naar niet of om onze ook op over schrijf te uit van veel voor waar waarom wanneer wat welke wie wij "
        "worden wordt ze zich zijn",
        "uw bericht",
    ),
    "ru": _language(
        """
Вот что можно сказать: {about}.
Краткий ответ на тему «{about}»:
Хороший вопрос: {about}.
""",
        """
Сначала нужно понять, как связаны части.
На практике всё зависит от подробностей.
Обычно помогает небольшой пример.
Лучше начать с простого и менять по одной вещи.
Исключения бывают, но редко.
""",
        "а в вы где для и из или как какая какие какой когда кто мне на не но о объясни он она от по почему с что это "
        "я",
        "ваше сообщение",
    ),
    "zh": _language(
        "关于“{about}”，可以这样说。\n下面简短地回答“{about}”。\n“{about}”是个好问题。",
        "首先要了解各个部分如何配合。\n实际上取决于具体情况。\n举一个小例子通常就清楚了。\n"
        "最好从简单的开始，一次只改一处。\n例外是有的，但很少。",
        "",
        "您的消息",
        spaced=False,
    ),
    "ja": _language(
        "「{about}」について説明します。\n「{about}」への短い答えです。\n「{about}」は良い質問です。",
        "まず、全体の仕組みを知ることが大切です。\n実際には、状況によって異なります。\n"
        "小さな例を見ると分かりやすくなります。\n簡単なことから始め、一つずつ変えるのが良いでしょう。\n"
        "例外はありますが、まれです。",
        "",
        "ご質問",
        spaced=False,
    ),
    "ko": _language(
        "{about}에 대해 말씀드리겠습니다.\n{about}에 대한 짧은 답변입니다.\n{about}에 대한 좋은 질문입니다.",
        "먼저 각 부분이 어떻게 맞물리는지 알아야 합니다.\n실제로는 상황에 따라 다릅니다.\n"
        "작은 예를 보면 대개 분명해집니다.\n간단한 것부터 시작해 하나씩 바꾸는 것이 좋습니다.\n"
        "예외는 있지만 드뭅니다.",
        "",
        "보내신 메시지",
    ),
}

LOREM = (
    "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna "
    "aliqua enim ad minim veniam quis nostrud exercitation ullamco laboris nisi aliquip ex ea commodo consequat duis "
    "aute irure in reprehenderit voluptate velit esse cillum eu fugiat nulla pariatur excepteur sint occaecat "
    "cupidatat non proident sunt culpa qui officia deserunt mollit anim id est laborum"
)
"""Words that say nothing, for those who want none of it."""

_SCRIPTS = [
    (name, re.compile(pattern))
    for name, pattern in (
        ("ja", r"[\u3040-\u30ff]"),
        ("ko", r"[\uac00-\ud7af]"),
        ("zh", r"[\u4e00-\u9fff]"),
        ("ru", r"[\u0400-\u04ff]"),
    )
]
_BY_WORDS = ("en", "de", "fr", "es", "it", "pt", "nl")
