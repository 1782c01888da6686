"""Compressors by name, made of the models of a home: the one place where a compressor's name becomes an object.

What a compressor does is said in `prompts.compression`.
"""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from agent.compression.names import MeasuredName
from agent.config_value import ConfigError
from agent.embedders import open_embedders
from agent.scorers import open_scorer
from agent.settings import Settings
from lm.catalog import SMOLLM2_SCORER
from lm.embedding import Embedder
from lm.pull import locate
from lm.scoring import LogProbScorer
from lm.types import ChatModel
from prompts.compression.cascade import Cascade
from prompts.compression.extractive import Extractive
from prompts.compression.passage_ranking import QuestionLikelihood
from prompts.compression.random_deletion import RandomDeletion
from prompts.compression.token_level import TokenLevel
from prompts.compression.token_scores import Contrastive, Surprisal
from prompts.compression.types import CannotCompress, Compressor, TokenCounter


class Compressors:
    """Opens compressors for one target model; they share their models, which are loaded when first needed."""

    def __init__(
        self,
        settings: Settings,
        count_tokens: TokenCounter,
        *,
        helper: ChatModel | None = None,
        open_scorer: Callable[[Settings], LogProbScorer] = open_scorer,
    ) -> None:
        """Make ready; nothing is loaded.

        Args:
            settings: Of the home.
            count_tokens: The tokens of the model that will read what is left.
            helper: The model of the compressor that is called so; None: that one is not to be had.
            open_scorer: Opens the scorer of compressors that weigh tokens, when it is needed.
        """
        self._settings, self._count, self._helper = settings, count_tokens, helper
        self._open_scorer = open_scorer

    def open(self, name: MeasuredName) -> Compressor:
        """The compressor of that name.

        Raises:
            ModelMissing: the files of its model are not on this machine.
            ConfigError: it wants a classifier or a helper, and none is set, or a classifier that cannot be used.
        """
        match name:
            case "extractive":
                return Extractive(self._embedder, self._count)
            case "surprisal":
                return TokenLevel(name, Surprisal(self._scorer, self._scorer_name), self._count)
            case "contrastive":
                ranker = QuestionLikelihood(self._scorer, self._scorer_name)
                return TokenLevel(name, Contrastive(self._scorer, self._scorer_name), self._count, ranker)
            case "cascade":
                # The cheap one has ranked the sources already, so the dear one only cuts within them.
                return Cascade(name, self.open("extractive"), self.open("surprisal"), self._count)
            case "helper":
                return self._asking()
            case "random":
                return RandomDeletion(self._count, seed=self._settings.write.seed)
            case _:
                return self._borrowed(name)

    def _asking(self) -> Compressor:
        from agent.pair.helper_compressor import HelperCompressor
        from agent.stemming import english_stem

        if self._helper is None:
            raise ConfigError("this compressor wants a helper, and none is open", hint="set roles.helper.model")
        write = self._settings.write
        stem, threshold = english_stem(), write.support_threshold
        return HelperCompressor(self._helper, self._embedder, stem, self._count, threshold=threshold, seed=write.seed)

    def _borrowed(self, name: MeasuredName) -> Compressor:
        # Here and not above: they bring torch, and llmlingua brings more.
        from lm.token_classifier import TokenClassifier, load_classifier
        from prompts.compression.classifier import ClassifierCompressor
        from prompts.compression.lingua import LinguaCompressor

        if name == "llmlingua" or name == "longllmlingua":
            return LinguaCompressor(name, locate(SMOLLM2_SCORER, self._settings.models_dir), self._count)
        folder = self._classifier_folder
        try:
            if name == "llmlingua2":
                return LinguaCompressor(name, folder, self._count)
            return ClassifierCompressor(TokenClassifier(load_classifier(folder)), self._count)
        except (ValueError, OSError, CannotCompress) as error:
            raise ConfigError(
                f"the token classifier in {folder} cannot be used: {error}",
                hint="name the folder of another one in compress.classifier_dir",
            ) from error

    @property
    def _classifier_folder(self) -> Path:
        folder = self._settings.compress.classifier_dir
        if folder is None:
            raise ConfigError(
                "this compressor wants a token classifier, and none is set",
                hint="name the folder of one in compress.classifier_dir",
            )
        return folder

    @property
    def _scorer_name(self) -> str:
        return self._settings.roles.scorer.model

    @cached_property
    def _embedder(self) -> Embedder:
        # The static one: of a question's 90 sentences it knows as much as the dense one in a hundredth of the time.
        return open_embedders(self._settings.models_dir, with_dense=False).static

    @cached_property
    def _scorer(self) -> LogProbScorer:
        return self._open_scorer(self._settings)
