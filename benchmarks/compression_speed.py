"""How long compressors take, and how near they come to their rate: JSON on stdout.

    python benchmarks/compression_speed.py --passages FILE --question TEXT [--n-passages 20] [--rate 0.25]
        [--compressor NAME …] [--models DIR]

`--passages` is a file of lines {id, title, text}; tokens are the white-box scorer's, whose model is wanted. Run it
alone, on one core: other work on the machine shows in the seconds, less in the processor's.
"""

import argparse
import json
import time
from pathlib import Path

import torch

from agent.compression.names import COMPRESSORS, WANTING, MeasuredName
from agent.compression.opening import Compressors
from agent.settings import Settings
from lm.catalog import SMOLLM2_SCORER
from lm.paired_cache import load_causal
from lm.pull import locate
from prompts.compression.types import Chunk, Compressor, Source

_DEFAULT = tuple(name for name in COMPRESSORS if name not in WANTING)


def main() -> None:
    """Measure, with the options of the command line."""
    arguments = _arguments()
    torch.set_num_threads(arguments.n_threads)
    settings = Settings() if arguments.models is None else Settings(models_dir=arguments.models)
    tokenizer = load_causal(locate(SMOLLM2_SCORER, settings.models_dir), precision="fp32").tokenizer

    def count_tokens(text: str) -> int:
        return len(tokenizer(text, add_special_tokens=False)["input_ids"])

    chunks = _chunks(arguments.passages, arguments.n_passages)
    opened = Compressors(settings, count_tokens)
    names: tuple[MeasuredName, ...] = tuple(arguments.compressor or _DEFAULT)
    rows = {name: _measure(opened.open(name), chunks, arguments) for name in names}
    print(json.dumps({"rate": arguments.rate, "n_threads": arguments.n_threads, **rows}, indent=2))


def _measure(
    compressor: Compressor, chunks: list[Source], arguments: argparse.Namespace
) -> dict[str, float | int | str | list[str]]:
    compressor.compress(chunks[:1], arguments.question, rate=arguments.rate)  # what is loaded late is loaded now
    began = time.process_time()
    result = compressor.compress(chunks, arguments.question, rate=arguments.rate)
    cpu_seconds = time.process_time() - began
    return {
        "tokens": result.original_tokens,
        "actual_rate": round(result.actual_rate, 3),
        "seconds_per_1000_tokens": round(1000 * result.seconds / result.original_tokens, 3),
        "cpu_seconds_per_1000_tokens": round(1000 * cpu_seconds / result.original_tokens, 3),
        "passages_shown": len({span.source_id for span in result.kept}),
        "scorer": result.scorer,
        "notes": list(result.notes),
    }


def _chunks(path: Path, n_passages: int) -> list[Source]:
    with path.open(encoding="utf-8") as lines:
        records = [json.loads(line) for _, line in zip(range(n_passages), lines, strict=False)]
    return [Chunk(record["id"], f"{record['title']}\n{record['text']}") for record in records]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How long compressors take.")
    parser.add_argument("--passages", type=Path, required=True)
    parser.add_argument("--question", required=True)
    parser.add_argument("--n-passages", type=int, default=20)
    parser.add_argument("--rate", type=float, default=0.25)
    parser.add_argument("--compressor", action="append", choices=COMPRESSORS)
    parser.add_argument("--models", type=Path)
    parser.add_argument("--n-threads", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
