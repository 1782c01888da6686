"""What a person should know of a run whose sources were to be read for the writer, and were not, or not by the helper.

Listens to the run's events. Must not know how anything is condensed.
"""

from collections import Counter

from agent.progress import Event


class PairWatch:
    """Counts what was condensed, and why the helper, or the compressor, found nothing. Given to a run as a listener."""

    def __init__(self) -> None:
        self._is_whole = False
        self._n_condensed = self._n_read = 0
        self._failed: Counter[str] = Counter()

    def __call__(self, event: Event) -> None:
        """Take one event."""
        if event.name == "preview":
            self._is_whole = True  # The sitting began at the beginning: what another one condensed would be missed.
        elif event.name == "condensed":
            self._n_condensed += 1
        elif event.name == "source_read":
            self._n_read += event.words.get("by") != "nobody"
            if event.words.get("by") == "rule":
                self._failed[event.message] += 1

    def remarks(self, *, writer: str, restates: bool) -> list[str]:
        """In sentences; none where all went as it was set.

        Args:
            writer: The name of its model.
            restates: Whether it restates one statement at a time.
        """
        if self._failed:
            reason, _ = self._failed.most_common(1)[0]
            n_failed = sum(self._failed.values())
            return [
                f"{n_failed} of {self._n_read} sources were read by the rule in place of who was to read them: {reason}"
            ]
        if self._n_condensed or not self._is_whole:
            return []
        why = (
            f"{writer} restates one statement at a time (write.drafting)"
            if restates
            else "its blocks are told line by line"
        )
        return [f"compress.pair is on, but nothing was condensed for the writer: {why}"]
