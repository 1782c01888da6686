"""The graph of passages and the names in them, read off the index where a walk asks for it, and nowhere else.

A passage and a name in it are joined by the positive pointwise mutual information of the two, which is ln(N / passages
with the name), for a passage is drawn once. The passage of the document that has the name for its title is joined more
strongly. A name that many passages have leads to that document alone. Nothing is stored, so what was ingested last
belongs to the graph at once.

Knows names, titles and rows of an index. Must not know how the graph is walked, nor what a passage there is worth.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from retrieval.entity_pairs import MAX_PASSAGES, ppmi
from retrieval.index import Index
from retrieval.leads import moved
from retrieval.links import TitleLinks, names_in, plain_words, title_keys
from retrieval.types import Passage

Node = int | str  # the row of a passage, or a name in plain words
Present = Callable[[Sequence[int]], Mapping[int, Passage]]

# Chosen on the first halves of HotpotQA, 2WikiMultihopQA, MuSiQue and NQ.
TITLE_WEIGHT = 10.0
_MAX_NAMES = 32  # of one passage
_MAX_CANDIDATES = 30  # passages with all words of a name; only in some do they stand together


class NameGraph:
    """The edges around the hits of one query."""

    def __init__(
        self,
        query: str,
        *,
        index: Index,
        titles: TitleLinks,
        present: Present,
        allowed: Collection[int] | None = None,
    ) -> None:
        """Begin without an edge.

        Args:
            query: names in it lead nowhere new; of a long document the passage most like it stands for all.
            index: of all rows.
            titles: of its documents.
            present: the passages of rows, as far as they still exist.
            allowed: numbers of the documents that can be reached; None: all.
        """
        self._query = query
        self._plain_query = f" {plain_words(query)} "
        self._index = index
        self._titles = titles
        self._present = present
        self._allowed = allowed
        self._passages: dict[int, Passage] = {}
        self._plain: dict[int, str] = {}
        self._weights: dict[str, float] = {}
        self._by_name: dict[str, dict[Node, float]] = {}
        self._sources: dict[str, list[int]] = {}

    def edges_of(self, nodes: Sequence[Node]) -> dict[Node, dict[Node, float]]:
        """The neighbours of each node, with the weights of the edges, all above 0."""
        rows = [node for node in nodes if isinstance(node, int)]
        self._read(rows)
        names = {row: self._names_of(row) for row in rows}
        for row, found in names.items():
            for name in found:
                self._sources.setdefault(name, []).append(row)
        asked = [node for node in nodes if isinstance(node, str)]
        self._look_up([*asked, *(name for found in names.values() for name in found)])
        by_row = {row: {name: self._weight(row, name) for name in found} for row, found in names.items()}
        return {
            node: self._by_name[node] if isinstance(node, str) else {n: w for n, w in by_row[node].items() if w}
            for node in nodes
        }

    def leading_names(self, masses: Mapping[Node, float], rows: Collection[int]) -> dict[int, tuple[int, str]]:
        """For each row the name over which most of the mass comes that another row has brought to it, behind that row.

        Of the rows that have the name the first whose edges were asked for counts, and one that says it before one that
        has it for its title. That a row shares its own document's title with another explains nothing, so it is named
        only where nothing else led there.

        Args:
            masses: by node, of a walk over this graph.
            rows: nodes of it that are no seeds.
        """
        best: dict[int, tuple[bool, float, int, str]] = {}
        for name, edges in self._by_name.items():
            out = sum(edges.values())
            for row in rows:
                flow = masses.get(name, 0.0) * edges.get(row, 0.0) / out if out else 0.0
                if flow and (source := self._source_of(name, row)) is not None:
                    is_elsewhere = self._index.document_of(source) != self._index.document_of(row)
                    explains = is_elsewhere or not self._is_title_of(name, source)
                    if (explains, flow) > best.get(row, (False, 0.0))[:2]:
                        best[row] = (explains, flow, source, name)
        return {row: (source, name) for row, (_, _, source, name) in best.items()}

    def _source_of(self, name: str, row: int) -> int | None:
        """The row that has brought mass to a name which leads to `row`; None: `row` itself did first."""
        sources = self._sources.get(name, [row])
        if sources[0] == row:
            return None
        return min((one for one in sources if one != row), key=lambda one: self._is_title_of(name, one))

    def _is_title_of(self, name: str, row: int) -> bool:
        return name in title_keys(self._index.title_of(row))

    def _weight(self, row: int, name: str) -> float:
        """Of the edge from a passage to a name in it; 0 where nothing else has the name."""
        others = self._by_name[name].keys() - {row}
        return self._by_name[name].get(row, self._weights[name]) if others else 0.0

    def _names_of(self, row: int) -> list[str]:
        if row not in self._passages:
            return []
        text = self._passages[row].text
        found = [*names_in(text), *self._titles.keys_in(text), *sorted(title_keys(self._index.title_of(row)))]
        return [name for name in dict.fromkeys(found) if f" {name} " not in self._plain_query][:_MAX_NAMES]

    def _look_up(self, names: Iterable[str]) -> None:
        """Find the edges of names that were not looked up before."""
        new = [name for name in dict.fromkeys(names) if name not in self._by_name]
        rows = {name: self._index.lexical.rows_with_all(name).tolist() for name in new}
        self._read({row for found in rows.values() if len(found) <= _MAX_CANDIDATES for row in found})
        titled = {name: [n for n in self._titles.titled(name) if self._is_allowed(n)] for name in new}
        best = self._index.best_rows(self._query, {number for found in titled.values() for number in found})
        for name in new:
            is_rare = len(rows[name]) <= _MAX_CANDIDATES
            sharers = [row for row in rows[name] if self._holds(row, name)] if is_rare else rows[name]
            # A title may stand in no passage, as "paris" for "Paris, Texas"; it is then as rare as can be.
            weight = self._weights[name] = ppmi(1, max(1, len(sharers)), 1, len(self._index))
            reached = moved(self._query, sharers, self._index, self._titles) if len(sharers) <= MAX_PASSAGES else []
            edges = {row: weight for row in reached if self._is_allowed(self._index.document_of(row))}
            edges |= {best[number]: TITLE_WEIGHT * weight for number in titled[name]}
            self._by_name[name] = {row: weight for row, weight in edges.items() if weight > 0.0}

    def _read(self, rows: Iterable[int]) -> None:
        new = [row for row in rows if row not in self._passages]
        self._passages.update(self._present(new))

    def _holds(self, row: int, name: str) -> bool:
        """Whether the words of a name stand together in a passage or its title."""
        if row not in self._passages:
            return False
        if row not in self._plain:
            words = (plain_words(self._index.title_of(row)), plain_words(self._passages[row].text))
            self._plain[row] = f" {words[0]} {words[1]} "
        return f" {name} " in self._plain[row]

    def _is_allowed(self, document: int) -> bool:
        return self._allowed is None or document in self._allowed
