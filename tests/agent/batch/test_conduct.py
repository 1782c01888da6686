import pytest

from agent.batch.conduct import Conductor
from agent.batch.running import Options
from agent.batch.store import BatchStore
from agent.errors import RunBusy
from agent.home import Home
from lm.metering import Budget
from tests.agent.affair import TOPIC
from tests.agent.batch.bench import BATCH, items, scripted_settings, works_of


def test_rows_that_another_process_wrote_after_they_were_read_are_not_worked_on(tmp_path):
    (work,) = works_of(tmp_path, items(TOPIC))
    theirs = work.row.model_copy(update={"status": "finished", "run_id": "r1"})
    with BatchStore(Home(tmp_path).batch_items) as store:
        store.put(theirs)
    conductor = Conductor(BATCH, scripted_settings(tmp_path), Budget(), Options(jobs=1), tell=lambda line: None)

    def nobody_watches(*_):
        raise AssertionError("work was begun")

    with pytest.raises(RunBusy, match="item0"):
        conductor.run([work], [work], nobody_watches)
    with BatchStore(Home(tmp_path).batch_items) as store:
        assert store.rows(BATCH) == {"item0": theirs}
