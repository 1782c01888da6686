"""LLMLingua, LongLLMLingua and LLMLingua-2 of the package llmlingua, as compressors: the baselines of ours.

What is kept is the package's choice; here are the sizes by the target model's tokens, the places in the sources, and
what is said of them. Loads torch and llmlingua: import it late.
"""

import threading
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import numpy as np

from lm.paired_cache import load_causal
from lm.precision import Precision
from lm.token_classifier import load_classifier
from prompts.compression.atoms import Atom
from prompts.compression.fitting import Allowance, allowance, rendered
from prompts.compression.forced import find_forced
from prompts.compression.lingua2_engine import MAX_FORCED, ClassifierLingua
from prompts.compression.lingua_engine import CausalLingua
from prompts.compression.lingua_own import OwnLossLingua
from prompts.compression.lingua_parts import KeptCharacters
from prompts.compression.rate_search import largest_within
from prompts.compression.types import (
    NOTHING_FORCED,
    CannotCompress,
    CompressionResult,
    Force,
    KeptSpan,
    Source,
    Span,
    TokenCounter,
)

LinguaMode = Literal["llmlingua", "longllmlingua", "llmlingua2"]
LossPlace = Literal["next", "own"]


class LinguaCompressor:
    """The real package, with a model out of a folder. Of several threads one compresses at a time.

    The text is set anew from the kept characters, with a space where something was left out: so fragments of words that
    the package would glue together ("theranean") stand apart.
    """

    def __init__(
        self,
        mode: LinguaMode,
        folder: Path,
        count_tokens: TokenCounter,
        *,
        exact: bool = False,
        precision: Precision = "auto",
        window_tokens: int = 2048,
        loss_place: LossPlace = "next",
    ) -> None:
        """Load the model.

        Args:
            mode: ``llmlingua`` deletes what a causal model could have guessed; ``longllmlingua`` ranks by the query
                and weighs each token by it; ``llmlingua2`` asks a token classifier.
            folder: A causal model, such as the white-box scorer; of ``llmlingua2`` a token classifier.
            count_tokens: The target model's.
            exact: The package misses its rate; then it is asked up to six times, for the rate that comes out nearest
                below the one wanted. Else once, for the rate wanted.
            precision: ``auto`` is bf16 where the CPU multiplies it natively, else fp32.
            window_tokens: Of the causal model.
            loss_place: A causal model's losses weigh the token before, as in the package (and the papers' figures), or
                the token itself, see `prompts.compression.lingua_own`.

        Raises:
            ModelMissing: the folder holds no such model.
            CannotCompress: the package cannot use the classifier.
            ValueError: the window does not fit the model, or the classifier's labels do not say which keeps.
        """
        self._mode, self._count_tokens, self._is_exact = mode, count_tokens, exact
        self._lock = threading.Lock()  # the package notes, while it runs, what it keeps
        self._causal: CausalLingua | None = None
        self._classifier: ClassifierLingua | None = None
        if mode == "llmlingua2":
            # In no other: the package turns probabilities into numpy's, which have no bf16.
            classifier = load_classifier(folder, precision="fp32")
            self._classifier, reading = ClassifierLingua(classifier, count_tokens), classifier.fingerprint
        else:
            causal = load_causal(folder, precision=precision)
            engine = CausalLingua if loss_place == "next" else OwnLossLingua
            self._causal = engine(causal, count_tokens, window_tokens=window_tokens)
            reading = f"{causal.fingerprint}:{window_tokens}:{loss_place}"
        self._scorer = f"{mode}:{version('llmlingua')}:{reading}"

    @property
    def name(self) -> LinguaMode:
        """The mode."""
        return self._mode

    def compress(
        self,
        chunks: Sequence[Source],
        query: str = "",
        *,
        rate: float | None = None,
        target_tokens: int | None = None,
        force: Force = NOTHING_FORCED,
    ) -> CompressionResult:
        """See `prompts.compression.types.Compressor`; what cannot be forced is counted in the notes.

        Raises:
            ValueError: see there.
            CannotCompress: LongLLMLingua without a query.
        """
        began = time.perf_counter()
        if self._mode == "longllmlingua" and not query.strip():
            raise CannotCompress("LongLLMLingua weighs every token by a question, and there is none")
        allowed = allowance(chunks, self._count_tokens, rate=rate, target_tokens=target_tokens)
        atoms, notes = self._atoms(chunks, query, allowed, force)
        text, kept = rendered(chunks, atoms)
        return CompressionResult(
            text=text,
            kept=kept,
            original_tokens=allowed.original_tokens,
            kept_tokens=self._count_tokens(text),
            requested_rate=allowed.requested_rate,
            scorer=self._scorer,
            seconds=time.perf_counter() - began,
            notes=(*notes, *self._unforced(chunks, kept, force)),
        )

    def _atoms(
        self, chunks: Sequence[Source], query: str, allowed: Allowance, force: Force
    ) -> tuple[list[Atom], list[str]]:
        """What is kept, in the order in which it is shown, and what is to be said of it."""
        shown = [at for at, chunk in enumerate(chunks) if chunk.text.strip()]
        if allowed.target_tokens >= allowed.original_tokens:
            return [Atom(at, 0, len(chunks[at].text)) for at in shown], []
        if not shown or not allowed.target_tokens:
            return [], []

        def attempt(asked: float) -> tuple[list[Atom], list[str]]:
            kept = self._keep([chunks[at].text.strip() for at in shown], query, asked, force)
            lost = [f"{kept.n_lost} kept words have no place in the sources and are left out"] if kept.n_lost else []
            return _placed(chunks, [shown[at] for at in kept.order], kept.spans), lost

        first = allowed.target_tokens / allowed.original_tokens
        if not self._is_exact:
            return attempt(first)
        asked, (atoms, lost) = largest_within(
            attempt,
            lambda found: self._count_tokens(rendered(chunks, found[0])[0]),
            target=allowed.target_tokens,
            whole=allowed.original_tokens,
            first=first,
        )
        return atoms, [*lost, f"the package was asked for a rate of {asked:.3f}"]

    def _keep(self, texts: list[str], query: str, rate: float, force: Force) -> KeptCharacters:
        if self._causal is not None:
            with self._lock:
                return self._causal.keep(texts, query, rate=rate, long=self._mode == "longllmlingua")
        assert self._classifier is not None
        strings = {text[start:end] for text in texts for start, end in find_forced(text, force)}
        # The longest first: the package replaces them one after the other, and one may stand in another.
        forced = sorted(strings, key=lambda string: (-len(string), string))[:MAX_FORCED]
        with self._lock:
            return self._classifier.keep(texts, rate=rate, forced=forced, with_digits="numbers" in force.kinds)

    def _unforced(self, chunks: Sequence[Source], kept: Sequence[KeptSpan], force: Force) -> list[str]:
        n_forced, n_lost = 0, 0
        for chunk in chunks:
            is_kept = np.zeros(len(chunk.text), dtype=bool)
            for span in kept:
                if span.source_id == chunk.id:
                    is_kept[span.start : span.end] = True
            for start, end in find_forced(chunk.text, force):
                n_forced += 1
                n_lost += any(not (is_kept[at] or chunk.text[at].isspace()) for at in range(start, end))
        if not n_lost:
            return []
        means = (
            f"only {MAX_FORCED} strings and digits can be forced there"
            if self._mode == "llmlingua2"
            else "nothing can be forced there"
        )
        return [f"{n_lost} of {n_forced} things that were to survive are cut: {means}"]


def _placed(chunks: Sequence[Source], order: Sequence[int], spans: Sequence[Sequence[Span]]) -> list[Atom]:
    """Spans of stripped texts as pieces of the sources, without the white space at their ends."""
    atoms = []
    for at, inside in zip(order, spans, strict=True):
        text = chunks[at].text
        lead = len(text) - len(text.lstrip())
        for start, end in inside:
            piece = text[lead + start : lead + end]
            if piece.strip():
                begin = lead + start + len(piece) - len(piece.lstrip())
                atoms.append(Atom(at, begin, begin + len(piece.strip())))
    return atoms
