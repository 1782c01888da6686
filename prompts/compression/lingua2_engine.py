"""llmlingua's `PromptCompressor` with a token classifier (LLMLingua-2, arXiv 2403.12968), made to run here, and made to
say which characters it kept.

The package decides what is kept; overridden is only what stops it: its constructor asks the network for a tokenizer and
seeds everything in the process, and it knows how words are marked only from the name of the model. Loads torch and
llmlingua: import it late.
"""

from collections.abc import Sequence

from llmlingua import PromptCompressor

from lm.token_classifier import ClassifierFolder, add_words
from prompts.compression.lingua_parts import CountingTokenizer, KeptCharacters, by_text
from prompts.compression.types import CannotCompress, TokenCounter
from prompts.compression.word_places import word_places

# Never in a text: the package parts words and labels by them.
_WORD_SEP, _LABEL_SEP = "\x1e", "\x1f"
_BATCH = 8
MAX_FORCED = 100
_MAX_TOKENS = 512


class ClassifierLingua(PromptCompressor):  # type: ignore[misc]
    """LLMLingua-2 as the package has it, without its coarse step, which knows no question either."""

    def __init__(self, classifier: ClassifierFolder, count_tokens: TokenCounter) -> None:
        """Make ready; the package's own constructor is not called, because it loads from the network.

        Args:
            classifier: Its second label keeps a token. The tokenizer gets `MAX_FORCED` words more.
            count_tokens: Weighs a word where the package would count GPT-3.5's tokens.

        Raises:
            CannotCompress: the package does not know how the tokenizer marks words, or takes the wrong label.
        """
        if classifier.keep_index != 1:
            raise CannotCompress("LLMLingua-2 keeps by the second label, and this model's first one keeps")
        self.model_name = _family(classifier)
        self.use_llmlingua2 = True
        self.oai_tokenizer = CountingTokenizer(count_tokens)
        self.tokenizer, self.model = classifier.tokenizer, classifier.model
        self.device = "cpu"
        self.max_batch_size, self.max_seq_len = _BATCH, _MAX_TOKENS
        self.max_force_token = MAX_FORCED
        self.special_tokens = set(classifier.tokenizer.special_tokens_map.values())
        self.added_tokens = [f"[NEW{at}]" for at in range(MAX_FORCED)]
        add_words(classifier, self.added_tokens)

    def keep(self, texts: Sequence[str], *, rate: float, forced: Sequence[str], with_digits: bool) -> KeptCharacters:
        """Compress, and say what is left.

        Args:
            texts: To be compressed; one without a word that the model knows is left out.
            rate: What the package aims at, in (0, 1].
            forced: Up to `MAX_FORCED` texts that it keeps wherever they stand.
            with_digits: Whether it keeps every word with a digit, too.
        """
        # Of a text without one word that the model knows the package takes a percentile of nothing.
        order = [at for at, text in enumerate(texts) if set(self.tokenizer.tokenize(text)) - self.special_tokens]
        if not order:
            return KeptCharacters([], [])
        known = [texts[at] for at in order]
        result = self.compress_prompt_llmlingua2(
            known, rate=rate, force_tokens=list(forced), force_reserve_digit=with_digits,
            return_word_label=True, word_sep=_WORD_SEP, label_sep=_LABEL_SEP,
        )  # fmt: skip
        labelled = [entry.rpartition(_LABEL_SEP) for entry in result["fn_labeled_original_prompt"].split(_WORD_SEP)]
        gap = "\n"
        places = word_places(gap.join(known), [word for word, _, _ in labelled])
        kept = [place for place, (_, _, label) in zip(places, labelled, strict=True) if label == "1"]
        found = [place for place in kept if place is not None]
        return KeptCharacters(order, by_text(known, found, gap=gap), len(kept) - len(found))


def _family(classifier: ClassifierFolder) -> str:
    """The name by which the package knows how words are marked, read off the tokenizer instead of the folder's name."""
    model = classifier.tokenizer.backend_tokenizer.model
    kind = type(model).__name__
    if kind == "WordPiece" and model.continuing_subword_prefix == "##":
        return "bert-base-multilingual-cased"
    if kind == "Unigram":
        return "xlm-roberta-large"
    raise CannotCompress(
        f"LLMLingua-2's package reads WordPiece and SentencePiece tokenizers, not {kind}: "
        "the compressor named classifier reads any"
    )
