"""Sources side by side, and what whoever waits for them keeps from others: nothing."""

import threading

from agent.pair.records import Found
from agent.pair.sources import Reading
from lm.turns import Turns
from tests.agent.statement_factory import statement

STATEMENTS = tuple(
    statement(
        f"The rope of cabin {number} was {number + 20} millimetres thick.", doc_id=f"d{number // 4}", start=number
    )
    for number in range(8)
)


def test_who_waits_for_sources_lets_others_compute():
    turns, has_worked = Turns(1), threading.Event()

    def other():
        with turns.taken():
            has_worked.set()

    class Helper:
        def read(self, statements, question):
            assert has_worked.wait(20), "nobody else got the turn"
            return Found(kept=(0,))

    reading = Reading(Helper(), lambda statements, question: [], n_parallel=2, away=turns.given_away)
    thread = threading.Thread(target=other, daemon=True)
    with turns.taken():
        thread.start()
        reads = list(reading.read_all(STATEMENTS, "How thick was it?"))
        has_worked.clear()
        again = threading.Thread(target=other, daemon=True)
        again.start()
        assert not has_worked.wait(0.1)  # the turn is held again
    again.join(20)
    assert has_worked.is_set()
    assert [(read.by, read.found.kept) for read in reads] == [("helper", (0,)), ("helper", (4,))]
