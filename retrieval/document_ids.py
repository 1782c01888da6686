"""Which id a document gets, and which ids it may not have because another file's document holds them.

An id is stable: it goes to another file only when the one that holds it is gone for good.
"""

from collections.abc import Mapping
from pathlib import Path

from retrieval.corpus_rows import text_sha256
from retrieval.part_buffer import PartBuffer
from retrieval.sources import Owner, Sources


class DocumentIds:
    """The ids of one ingest. `n_removed` counts documents of files that are gone and lost their ids."""

    def __init__(self, sources: Sources, buffer: PartBuffer, *, prune: bool) -> None:
        self.n_removed = 0
        self._sources = sources
        self._buffer = buffer
        self._prune = prune

    def of_file(self, root: str, name: str, text: str, *, row: int | None) -> tuple[str, str]:
        """The id of a document that brings none, and a remark on it: the file's path in its root.

        Where another root's file has that id, the root's name stands before the path; and once it does, it stays
        there, so that citations keep their document.

        Args:
            root: the ingested folder.
            name: of the file, in it.
            text: of the document.
            row: of the file in the corpus; None for a file that was never read.
        """
        longer = f"{Path(root).name}/{name}"
        owner = self._sources.owners([name], except_row=row).get(name)
        if owner is not None and owner.row is not None and owner.root != root and not self._is_free(owner, text):
            return longer, f"its id is {longer!r}, because {name!r} belongs to {owner}"
        if row is not None and longer in self._sources.digests(row):
            return longer, f"its id is {longer!r}, as before"
        return name, ""

    def taken(self, texts: Mapping[str, str], *, row: int | None) -> dict[str, str]:
        """Which of these ids a file must not use → the file that holds it. Files that are gone lose theirs.

        Args:
            texts: of the documents, by id.
            row: as for `of_file`.
        """
        claims = {id_: self._buffer.claimant(id_) for id_ in texts}
        taken = {id_: file for id_, file in claims.items() if file is not None}
        owners = self._sources.owners(list(texts), except_row=row)
        free = {id_: owner for id_, owner in owners.items() if self._is_free(owner, texts[id_])}
        if free:
            standing = {id_: owner for id_, owner in free.items() if self._prune or owner.has_root()}
            self.n_removed += self._sources.forget({owner.row for owner in standing.values() if owner.row is not None})
            self.n_removed += self._sources.release([id_ for id_ in free if id_ not in standing])
        return taken | {id_: str(owner) for id_, owner in owners.items() if id_ not in free}

    def _is_free(self, owner: Owner, text: str) -> bool:
        """Whether the file that holds an id is gone.

        While its whole folder is missing, it may be back tomorrow, as a share that is not mounted. Then only the very
        same text may have the id: so a folder that was moved takes its documents along.
        """
        if not owner.is_gone():
            return False
        return self._prune or owner.has_root() or owner.text_sha256 == text_sha256(text)
