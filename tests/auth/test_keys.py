"""Keys: their form, who may make them, and how long they are believed."""

import asyncio
import inspect
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conftest import now, settings_in

from runwire.app import authenticator as authenticator_module
from runwire.app.authenticator import Authenticator, Credentials, address_of
from runwire.app.believed import BelievedKeys
from runwire.app.keys import Keys, NewKey
from runwire.app.rates import Rate, Rates
from runwire.domain import secret as secret_module
from runwire.domain.caller import ANYBODY, Caller, Role
from runwire.domain.errors import Denied, Exhausted, Invalid, NotFound, Unauthenticated
from runwire.domain.filter import EVERYTHING
from runwire.domain.key import KeyId
from runwire.domain.secret import hash_of, key_id_in, new_key_id, new_secret
from runwire.operations import create_key
from runwire.stores.audit import SqlAuditStore
from runwire.stores.database import Database
from runwire.stores.keys import SqlKeyStore

ACME = Caller(name="key:acme", namespace="acme", everywhere=False)


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class CountingStore(SqlKeyStore):
    """The real store, which counts how often a key is read."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.reads = 0

    async def get(self, key_id):
        self.reads += 1
        return await super().get(key_id)


class House:
    """Keys and who believes them, over a database."""

    def __init__(
        self,
        database: Database,
    ) -> None:
        self.database = database
        self.clock = Clock()
        self.store = CountingStore(database)
        self.believed = BelievedKeys(self.store, clock=self.clock)
        self.keys = Keys(store=self.store, believed=self.believed, now=now, new_id=new_key_id)
        self.authenticator = self.another(self.believed)

    def another(self, believed: BelievedKeys) -> Authenticator:
        return Authenticator(
            keys=believed,
            rates=Rates(clock=self.clock),
            failures=Rate(10, 20),
            now=now,
            used=self.keys.note,
        )

    async def shown(self, secret: str, peer: str = "ipv4:10.0.0.1:5"):
        return await self.authenticator.identify(Credentials(secret=secret, peer=peer))


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


def test_a_secret_has_enough_chance_in_it_and_tells_typing_errors() -> None:
    made = [new_secret("0123456789ab") for _ in range(200)]
    assert len(set(made)) == 200
    for each in made:
        assert key_id_in(each) == "0123456789ab"
        assert 62 ** (len(each.split("_")[2]) - 6) > 2**160
        wrong = [each[:at] + ("x" if each[at] != "x" else "y") + each[at + 1 :] for at in (16, 30)]
        swapped = each[:17] + each[18] + each[17] + each[19:]
        assert [key_id_in(one) for one in wrong] == [None, None]
        assert swapped == each or key_id_in(swapped) is None
    for text in ("", "rw_", "rw__", made[0] + "\n", made[0] + "a", made[0].replace("_", "-")):
        assert key_id_in(text) is None


def test_secrets_are_compared_in_constant_time() -> None:
    assert "hmac.compare_digest" in inspect.getsource(secret_module.same_hash)
    source = inspect.getsource(authenticator_module)
    assert "same_hash(hashed, found.secret_hash or _NO_HASH)" in source
    assert "secret_hash ==" not in source


async def test_only_a_hash_is_stored(house: House, database: Database, tmp_path: Path) -> None:
    made = await house.keys.create(NewKey(display_name="ci"), ANYBODY)
    assert made.secret not in repr(made)
    key, kept = await house.store.get(made.key.key_id)
    assert (key, kept) == (made.key, hash_of(made.secret))
    assert not holds(tmp_path, made.secret.split("_")[2].encode())


def holds(directory: Path, random: bytes) -> bool:
    files = [path for path in directory.rglob("*") if path.is_file()]
    return any(random in path.read_bytes() for path in files)


async def test_a_key_is_read_once_and_believed_for_five_seconds(house: House) -> None:
    made = await house.keys.create(NewKey(display_name="ci", role=Role.RUNNER), ANYBODY)
    async with asyncio.TaskGroup() as tasks:
        shown = [tasks.create_task(house.shown(made.secret)) for _ in range(50)]
    assert {each.result().name for each in shown} == {"key:ci"}
    assert house.store.reads == 1
    house.clock.seconds = 4.9
    await house.shown(made.secret)
    assert house.store.reads == 1
    house.clock.seconds = 5.1
    await house.shown(made.secret)
    assert house.store.reads == 2


async def test_revoked_here_it_is_refused_at_once_and_elsewhere_after_five_seconds(
    house: House, database: Database
) -> None:
    made = await house.keys.create(NewKey(display_name="ci"), ANYBODY)
    elsewhere = house.another(BelievedKeys(SqlKeyStore(database), clock=house.clock))
    shown = Credentials(secret=made.secret, peer="ipv4:10.0.0.1:5")
    await house.shown(made.secret)
    await elsewhere.identify(shown)
    await house.keys.revoke(made.key.key_id, ANYBODY)
    with pytest.raises(Unauthenticated) as refused:
        await house.shown(made.secret)
    assert refused.value.reason == "KEY_REVOKED"
    await elsewhere.identify(shown)
    house.clock.seconds = 5.0
    with pytest.raises(Unauthenticated):
        await elsewhere.identify(shown)


async def test_a_look_up_under_way_does_not_bring_a_revoked_key_back(house: House) -> None:
    made = await house.keys.create(NewKey(display_name="ci"), ANYBODY)
    reading, go_on = asyncio.Event(), asyncio.Event()
    read = house.store.get

    async def slow(key_id):
        found = await read(key_id)
        reading.set()
        await go_on.wait()
        return found

    house.store.get = slow  # type: ignore[method-assign]
    async with asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(house.believed.look(made.key.key_id))
        await reading.wait()
        house.store.get = read  # type: ignore[method-assign]
        await house.keys.revoke(made.key.key_id, ANYBODY)
        go_on.set()
    assert looking.result().key is not None
    with pytest.raises(Unauthenticated):
        await house.shown(made.secret)


async def test_a_key_counts_until_it_expires_though_it_is_believed(database: Database) -> None:
    house = House(database)
    later = now() + timedelta(seconds=61)
    made = await house.keys.create(NewKey(display_name="ci", lifetime_seconds=60), ANYBODY)
    await house.shown(made.secret)
    house.authenticator._now = lambda: later
    with pytest.raises(Unauthenticated) as refused:
        await house.shown(made.secret)
    assert refused.value.reason == "KEY_EXPIRED"


async def test_a_flood_of_unknown_keys_reads_little_and_locks_nobody_out(house: House) -> None:
    made = await house.keys.create(NewKey(display_name="ci"), ANYBODY)
    await house.shown(made.secret)
    before = house.store.reads
    codes = []
    for _ in range(500):
        with pytest.raises((Unauthenticated, Exhausted)) as refused:
            await house.shown(new_secret(new_key_id()))
        codes.append(refused.value.reason)
    assert house.store.reads - before == codes.count("CREDENTIALS_INVALID") == 20
    assert refused.value.retry_after_seconds == pytest.approx(0.1, abs=0.05)
    # Who is known here goes on, and so does everybody at another address.
    assert (await house.shown(made.secret)).name == "key:ci"
    house.clock.seconds = 6.0
    for _ in range(60):
        with pytest.raises((Unauthenticated, Exhausted)):
            await house.shown(new_secret(new_key_id()))
    assert (await house.shown(made.secret)).name == "key:ci"
    with pytest.raises(Unauthenticated):
        await house.shown(new_secret(new_key_id()), peer="ipv4:10.0.0.2:5")


async def test_strangers_of_all_addresses_together_are_bounded(house: House) -> None:
    for number in range(1000):
        peer = f"ipv4:10.1.{number // 250}.{number % 250}:5"
        with pytest.raises((Unauthenticated, Exhausted)):
            await house.shown(new_secret(new_key_id()), peer=peer)
    assert house.store.reads == 400


async def test_one_unknown_key_again_and_again_is_looked_up_once(house: House) -> None:
    secret = new_secret(new_key_id())
    for _ in range(10):
        with pytest.raises(Unauthenticated):
            await house.shown(secret)
    assert house.store.reads == 1


async def test_what_is_believed_is_bounded(database: Database) -> None:
    store = SqlKeyStore(database)
    believed = BelievedKeys(store, max_believed=10)
    for number in range(30):
        await believed.look(KeyId(f"{number:012}"))
    assert len(believed._found) == 10


async def test_uses_are_written_once_a_minute(house: House) -> None:
    made = await house.keys.create(NewKey(display_name="ci"), ANYBODY)
    for _ in range(3):
        await house.shown(made.secret)
    assert len(house.keys._uses) == 1
    await house.keys.write_uses()
    await house.shown(made.secret)
    key = await house.keys.get(made.key.key_id, ANYBODY)
    assert key.last_used_at is not None
    assert key.last_used_at.second == key.last_used_at.microsecond == 0
    earlier = {made.key.key_id: key.last_used_at - timedelta(hours=1)}
    await house.store.used(earlier)
    assert (await house.keys.get(made.key.key_id, ANYBODY)).last_used_at == key.last_used_at


async def test_the_first_key_is_made_beside_a_server_that_runs(
    house: House, database_url: str, tmp_path: Path
) -> None:
    settings = settings_in(tmp_path, database_url=database_url)
    made = await asyncio.to_thread(
        create_key,
        settings,
        display_name="root",
        role="admin",
        namespace="",
        graphs=(),
        lifetime_seconds=None,
    )
    grant = await house.shown(made.secret)
    assert (grant.name, grant.role, grant.everywhere) == ("key:root", Role.ADMIN, True)
    entries = await SqlAuditStore(house.database).find(
        EVERYTHING, namespace="", page_size=10, page_token=""
    )
    assert [each.subject["key_id"] for each in entries.items] == [made.key.key_id]


async def test_keys_are_listed_newest_first_and_by_namespace(house: House) -> None:
    for number in range(5):
        await house.keys.create(NewKey(display_name=f"k{number}"), ACME)
    await house.keys.create(NewKey(display_name="root"), ANYBODY)
    found, token = [], ""
    while True:
        page = await house.keys.find(ACME, page_size=2, page_token=token)
        found += [key.display_name for key in page.items]
        token = page.next_page_token
        if not token:
            break
    assert sorted(found) == [f"k{number}" for number in range(5)]
    every = await house.keys.find(ANYBODY, page_size=50, page_token="")
    assert len(every.items) == 6
    first = await house.keys.find(ACME, page_size=2, page_token="")
    with pytest.raises(Invalid):
        await house.keys.find(ANYBODY, page_size=2, page_token=first.next_page_token)


async def test_a_key_of_another_namespace_is_not_there(house: House) -> None:
    made = await house.keys.create(NewKey(display_name="root"), ANYBODY)
    for ask in (house.keys.get, house.keys.revoke):
        with pytest.raises(NotFound) as missing:
            await ask(made.key.key_id, ACME)
        with pytest.raises(NotFound) as never:
            await ask(KeyId("000000000000"), ACME)
        told = missing.value.message.replace(made.key.key_id, "000000000000")
        assert told == never.value.message
    assert (await house.keys.get(made.key.key_id, ANYBODY)).revoked_at is None


async def test_nobody_makes_a_key_that_could_do_more(house: House) -> None:
    for namespace in ("*", "default", "other"):
        with pytest.raises(Denied):
            await house.keys.create(NewKey(display_name="x", namespace=namespace), ACME)
    scoped = Caller(namespace="acme", everywhere=False, graphs=("sales.*", "one"))
    for graphs in ((), ("*",), ("sale*",), ("one*",), ("two",), ("one", "two")):
        with pytest.raises(Denied):
            await house.keys.create(NewKey(display_name="x", graphs=graphs), scoped)
    for graphs in (("one",), ("sales.*",), ("sales.eu*", "sales.us")):
        made = await house.keys.create(NewKey(display_name="x", graphs=graphs), scoped)
        assert made.key.graphs == graphs
    with pytest.raises(Invalid):
        await house.keys.create(NewKey(display_name="x", role=Role.WORKER), ACME)


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("ipv4:10.0.0.1:5000", "10.0.0.1"),
        ("ipv6:[::1]:5000", "::/64"),
        ("ipv6:%5B2001:db8::1%5D:5000", "2001:db8::/64"),
        ("ipv6:[::ffff:10.0.0.1]:5000", "10.0.0.1"),
        ("ipv6:[fe80::1%25eth0]:5000", "fe80::/64"),
        ("unix:", "unix"),
        ("unix:/tmp/x", "unix"),
        ("", "unknown"),
        ("ipv4:nonsense", "unknown"),
    ],
)
def test_failures_are_counted_by_address(peer: str, address: str) -> None:
    assert address_of(peer) == address


def test_buckets_fill_and_are_bounded() -> None:
    clock = Clock()
    rates, rate = Rates(clock=clock, max_buckets=3), Rate(2, 4)
    assert [rates.take("a", rate) for _ in range(4)] == [0, 0, 0, 0]
    assert rates.take("a", rate) == pytest.approx(0.5)
    clock.seconds = 0.5
    assert rates.take("a", rate) == 0
    assert rates.take("a", rate) > 0
    clock.seconds = 100
    assert [bool(rates.take("a", rate)) for _ in range(5)] == [False] * 4 + [True]
    for name in "bcdef":
        rates.take(name, rate)
    assert len(rates._buckets) == 3
    assert [rates.take("z", Rate()) for _ in range(100)] == [0] * 100
    assert Rate(0.5).size == 1
    assert Rate(2.5).size == 3
