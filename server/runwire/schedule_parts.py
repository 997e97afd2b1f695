"""What a server consists of for schedules, made and put together."""

from runwire.app.graphs import GraphCatalog
from runwire.app.inputs import Inputs
from runwire.app.new_ids import NewIds
from runwire.app.runs import Runs
from runwire.app.schedule_rounds import ScheduleRounds
from runwire.app.schedules import TOPIC, Make, Schedules
from runwire.domain.ports import Bus
from runwire.engine.chores import Scheduler
from runwire.stores.database import Database
from runwire.stores.schedule_search import SqlScheduleSearch
from runwire.stores.schedule_turns import SqlScheduleTurns
from runwire.stores.schedules import SqlScheduleStore


def scheduling(
    database: Database,
    bus: Bus,
    runs: Runs,
    graphs: GraphCatalog,
    inputs: Inputs,
    new_ids: NewIds,
    make: Make,
) -> tuple[Schedules, Scheduler]:
    """Return what callers do with schedules, and what creates their runs, by `make`."""
    store = SqlScheduleStore(database)
    schedules = Schedules(
        store=store,
        runs=runs,
        graphs=graphs,
        inputs=inputs,
        bus=bus,
        ask_time=store.now,
        new_word=new_ids.uuid,
        search=SqlScheduleSearch(database),
        make=make,
    )
    turns = SqlScheduleTurns(database)
    rounds = ScheduleRounds(turns=turns, runs=runs, ask_time=store.now, make=make)
    return schedules, Scheduler(rounds.look, bus, TOPIC)
