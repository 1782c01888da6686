"""The state of one exchange: ids and the way it took. Its text lives in the session store."""

from typing import TypedDict

from agent.chat.records import Route


class ChatState(TypedDict, total=False):
    """A thread is a session; each question begins with all keys set anew. `report_id` is a record of the run store, ""
    where the documents were not read or had nothing."""

    session: str
    number: int
    route: Route
    n_quoted: int
    report_id: str
    stops: list[str]
    is_answered: bool
