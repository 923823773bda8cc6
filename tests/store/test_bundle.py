"""Many small files in one: it saves calls, and decides nothing."""

import json
import lzma
import tracemalloc
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path

import pytest

from leaderboard.store.blob_cache import git_oid, large_oid
from leaderboard.store.bundle import BUNDLE_PATH, LARGEST_BUNDLE, fitting, pack, unpack
from leaderboard.store.hub import _LOOSE_FILES as LOOSE
from leaderboard.store.hub import HubStore
from tests.hub_server import HubServer, Kind
from tests.hub_server.contents import Blob
from tests.store.places import DATASET, Place, hub_place

FILES = {f"state/{number:03}.json": f'{{"number": {number}, "ñ": "á\\n"}}'.encode() for number in range(300)}
MiB = 2**20

Opener = Callable[[], HubStore]


@pytest.fixture
def place(tmp_path: Path, hub: HubServer) -> Place:
    return hub_place(tmp_path, hub)


@pytest.fixture
def newcomer(place: Place, tmp_path: Path) -> Opener:
    """Opens the store on one more machine that has fetched nothing."""
    numbers = count()
    naps: list[float] = []

    def open_store() -> HubStore:
        access = place.on_another_machine(tmp_path / f"machine-{next(numbers)}").access
        return HubStore(DATASET, access, sleep=naps.append)

    return open_store


@pytest.fixture
def store(newcomer: Opener) -> HubStore:
    """A store with FILES, of which none is in a bundle yet."""
    store = newcomer()
    first = store.commit({"a.txt": b"1"}, message="m", parent=store.snapshot().version)
    store.commit({**FILES, "a.txt": None}, message="m", parent=first)
    return store


def files_on(hub: HubServer) -> Mapping[str, bytes]:
    return hub.datasets[DATASET].commits[-1].files


def calls_for(hub: HubServer, store: HubStore, files: Mapping[str, bytes]) -> int:
    """Return how many calls a snapshot of `files` costs."""
    hub.calls.clear()
    assert dict(store.snapshot().files) == files
    return len(hub.calls)


def another_commit(store: HubStore, number: int = 0) -> None:
    path = f"more/{number}.txt"
    store.commit({path: str(number).encode()}, message="m", parent=store.snapshot().version)


def bundle_everything(hub: HubServer, store: HubStore) -> bytes:
    """Commit once more, which makes a bundle of FILES; return it."""
    another_commit(store)
    return files_on(hub)[BUNDLE_PATH]


def test_contents_come_out_as_they_went_in():
    contents = [b"", "ñandú\r\n\u2028\ufeff\0".encode(), b"\xef\xbb\xbfwith a mark", b'{"a": 1}']
    named = {git_oid(content): content for content in contents} | {large_oid(b"large"): b"large"}
    assert unpack(pack(fitting(named))) == named


def test_a_bundle_of_the_same_is_the_same_whoever_makes_it():
    named = {git_oid(content): content for content in FILES.values()}
    assert pack(fitting(named)) == pack(fitting(dict(reversed(named.items()))))


def test_what_is_no_text_is_left_out():
    assert fitting({"1": b"\xff", "2": b"text"}) == {"2": "text"}


def test_a_bundle_never_grows_beyond_what_is_unpacked():
    quotes = b'"' * MiB  # twice as long in JSON
    texts = fitting({f"{number:040}": quotes for number in range(40)})
    assert 20 < len(texts) < 32
    assert len(json.dumps(texts)) <= LARGEST_BUNDLE


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'"text"',
        b'{"%s": 5}' % (b"0" * 40),
        b'{"%s": "\\ud800"}' % (b"0" * 40),
        b'{"../../../etc/passwd": "root"}',
        b'{"": ""}',
        b"[" * 100_000,
        b"9" * 10_000,
        b"\xff\xfe\x00",
    ],
)
def test_a_bundle_that_holds_something_else_holds_nothing(text: bytes):
    assert unpack(lzma.compress(text)) == {}


def test_a_bundle_that_was_cut_or_is_none_holds_nothing():
    whole = pack(fitting({git_oid(content): content for content in FILES.values()}))
    for length in (0, 1, 6, 100, len(whole) // 2):
        assert unpack(whole[:length]) == {}
    assert unpack(b"no bundle at all") == {}
    assert unpack(whole[:50] + b"\0\0\0\0" + whole[54:]) == {}


def test_what_a_bundle_lies_about_is_left_out():
    true, lie = b"true", b"lie"
    assert unpack(pack({git_oid(true): "true", git_oid(lie): "a lie", large_oid(lie): "a lie"})) == {
        git_oid(true): true
    }


def test_a_bomb_fills_no_memory():
    compressor = lzma.LZMACompressor(preset=0)
    bomb = b"".join(compressor.compress(b" " * MiB) for _ in range(300)) + compressor.flush()
    assert len(bomb) < MiB
    tracemalloc.start()
    assert unpack(bomb) == {}
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 200 * MiB


def test_a_bundle_that_wants_a_huge_dictionary_is_not_unpacked():
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 512 * MiB, "mode": lzma.MODE_FAST, "mf": lzma.MF_HC3}]
    content = b"content"
    huge = lzma.compress(json.dumps({git_oid(content): "content"}).encode())
    assert unpack(huge) == {git_oid(content): content}
    header_only = lzma.LZMACompressor(filters=filters)
    huge = header_only.compress(json.dumps({git_oid(content): "content"}).encode()) + header_only.flush()
    assert unpack(huge) == {}


def test_a_newcomer_reads_hundreds_of_files_in_a_handful_of_calls(hub: HubServer, store: HubStore, newcomer: Opener):
    assert calls_for(hub, newcomer(), FILES) == 2 + len(FILES)
    bundle_everything(hub, store)
    assert calls_for(hub, newcomer(), {**FILES, "more/0.txt": b"0"}) == 4  # refs, tree, bundle, the newest file
    assert hub.calls_of(Kind.RESOLVE)[0].path.endswith(BUNDLE_PATH)


def test_a_newcomer_reads_a_folder_at_the_top_with_the_bundle_too(hub: HubServer, store: HubStore, newcomer: Opener):
    bundle_everything(hub, store)
    hub.calls.clear()
    assert dict(newcomer().snapshot("state/").files) == FILES
    assert len(hub.calls) == 3


@pytest.mark.parametrize("above", [0, 100])
def test_a_bundle_that_the_hub_keeps_outside_git_is_a_bundle(
    hub: HubServer, store: HubStore, newcomer: Opener, above: int
):
    """The real Hub keeps every .xz so, whatever its size."""
    hub.lfs_above = above
    bundle_everything(hub, store)
    assert calls_for(hub, newcomer(), {**FILES, "more/0.txt": b"0"}) <= 6
    another_commit(store, 1)
    hub.datasets[DATASET].change({"by-hand.txt": b"x"})  # the tree is listed anew
    store.snapshot()
    hub.calls.clear()
    another_commit(store, 2)
    assert hub.calls_of(Kind.RESOLVE) == []  # it knows its own bundle by both names


def test_a_bundle_is_made_once_enough_files_are_loose(hub: HubServer, newcomer: Opener):
    store = newcomer()
    for number in range(LOOSE - 1):
        hub.datasets[DATASET].change({f"a/{number}": str(number)})
    another_commit(store, 100)  # knows one too few
    assert BUNDLE_PATH not in files_on(hub)
    another_commit(store, 101)
    assert len(unpack(files_on(hub)[BUNDLE_PATH])) == LOOSE


def test_a_bundle_is_made_anew_only_when_enough_new_files_have_come(hub: HubServer, store: HubStore):
    bundles = [bundle_everything(hub, store)]
    for number in range(1, 70):
        another_commit(store, number)
        bundles.append(files_on(hub)[BUNDLE_PATH])
    changed = [number for number in range(1, 70) if bundles[number] != bundles[number - 1]]
    assert changed == list(range(LOOSE, 70, LOOSE))
    assert len(unpack(bundles[-1])) == 300 + 69 // LOOSE * LOOSE


def test_machines_in_turn_do_not_make_each_other_s_bundle_anew(hub: HubServer, store: HubStore, newcomer: Opener):
    bundle_everything(hub, store)
    machines = [store, newcomer(), newcomer()]
    for machine in machines:
        machine.snapshot()
    bundle = files_on(hub)[BUNDLE_PATH]
    for number in range(1, 10):
        another_commit(machines[number % 3], number)
        assert files_on(hub)[BUNDLE_PATH] is bundle


def test_a_machine_that_has_every_file_but_no_bundle_makes_none(hub: HubServer, store: HubStore, newcomer: Opener):
    other = newcomer()
    other.snapshot()  # one by one: there is no bundle yet
    bundle = bundle_everything(hub, store)
    another_commit(other, 1)
    assert files_on(hub)[BUNDLE_PATH] is bundle


def test_small_files_that_are_no_text_make_no_bundle_at_every_commit(hub: HubServer, newcomer: Opener):
    hub.datasets[DATASET].change({f"{number}.bin": bytes([number, 255]) for number in range(100)})
    store = newcomer()
    another_commit(store, 1)
    another_commit(store, 2)
    assert BUNDLE_PATH not in files_on(hub)


def test_files_this_machine_has_not_got_are_no_reason_for_a_bundle(hub: HubServer, store: HubStore, newcomer: Opener):
    other = newcomer()
    other.snapshot("nothing/")
    other.commit({"b.txt": b"1"}, message="m", parent=other.head())
    assert BUNDLE_PATH not in files_on(hub)
    assert store.head() == other.head()


def test_an_empty_file_stays_in_the_bundle(hub: HubServer, store: HubStore, newcomer: Opener):
    store.commit({"empty.txt": b""}, message="m", parent=store.snapshot().version)
    bundle_everything(hub, store)
    machine = newcomer()
    machine.snapshot()
    for number in range(1, LOOSE + 2):
        hub.datasets[DATASET].change({f"new/{number}": f"new {number}"})
    another_commit(machine, 100)
    assert git_oid(b"") in unpack(files_on(hub)[BUNDLE_PATH])


def test_files_that_are_gone_leave_the_bundle(hub: HubServer, store: HubStore):
    bundle_everything(hub, store)
    gone = dict.fromkeys(list(FILES)[:200])
    new = {f"new/{number}": f"new {number}".encode() for number in range(LOOSE)}
    store.commit({**gone, **new}, message="m", parent=store.snapshot().version)
    another_commit(store, 1)
    assert len(unpack(files_on(hub)[BUNDLE_PATH])) == 100 + LOOSE + 1


def test_commits_without_a_parent_make_a_bundle_too(hub: HubServer, store: HubStore):
    """The results store knows no other commits."""
    store.commit({"b.txt": b"1"}, message="m", parent=None)
    assert len(unpack(files_on(hub)[BUNDLE_PATH])) == 300


def _hostile(kind: str, whole: bytes) -> bytes:
    texts = {oid: content.decode() for oid, content in unpack(whole).items()}
    return {
        "cut": whole[: len(whole) // 2],
        "no xz": b"<html>gone</html>",
        "no JSON": lzma.compress(b"no JSON"),
        "a list": lzma.compress(b"[1, 2, 3]"),
        "surrogates": lzma.compress(b'{"%s": "\\ud800"}' % (b"0" * 40)),
        "empty": b"",
        "lies": pack(dict.fromkeys(texts, "a lie")),
        "half": pack(dict(list(texts.items())[:150])),
        "more than there is": pack(texts | {git_oid(b"junk"): "junk"}),
    }[kind]


@pytest.mark.parametrize(
    ("kind", "calls"),
    [
        ("cut", 304),
        ("no xz", 304),
        ("no JSON", 304),
        ("a list", 304),
        ("surrogates", 304),
        ("empty", 304),
        ("lies", 304),
        ("half", 154),
        ("more than there is", 4),
    ],
)
def test_a_bundle_that_is_damaged_or_lies_costs_calls_and_nothing_else(
    hub: HubServer, store: HubStore, newcomer: Opener, tmp_path: Path, kind: str, calls: int
):
    hostile = _hostile(kind, bundle_everything(hub, store))
    hub.datasets[DATASET].change({BUNDLE_PATH: hostile})
    machine = newcomer()
    assert calls_for(hub, machine, {**FILES, "more/0.txt": b"0"}) == calls
    assert list(tmp_path.rglob(git_oid(b"junk"))) == []
    another_commit(machine, 1)
    assert calls_for(hub, newcomer(), {**FILES, "more/0.txt": b"0", "more/1.txt": b"1"}) <= 6


def test_a_bundle_that_comes_damaged_or_not_at_all_costs_calls_and_nothing_else(
    hub: HubServer, store: HubStore, newcomer: Opener, caplog: pytest.LogCaptureFixture
):
    bundle = bundle_everything(hub, store)
    damaged = Blob(bundle[:-1])
    vars(damaged)["oid"] = git_oid(bundle)
    hub.datasets[DATASET].commits[-1].files[BUNDLE_PATH] = damaged
    hub.datasets[DATASET].change({"b.txt": b"1"})
    assert calls_for(hub, newcomer(), {**FILES, "more/0.txt": b"0", "b.txt": b"1"}) == 2 + 4 + 302
    assert "going on without the bundle" in caplog.text


def test_a_huge_bundle_is_not_even_fetched(hub: HubServer, store: HubStore, newcomer: Opener):
    bundle_everything(hub, store)
    hub.datasets[DATASET].change({BUNDLE_PATH: bytes(LARGEST_BUNDLE + 1)})
    assert calls_for(hub, newcomer(), {**FILES, "more/0.txt": b"0"}) == 2 + 301


def test_a_machine_that_stopped_between_the_bundle_and_its_files_goes_on(
    hub: HubServer, store: HubStore, place: Place, tmp_path: Path
):
    bundle = bundle_everything(hub, store)
    machine = place.on_another_machine(tmp_path / "stopped").access
    oid = git_oid(bundle)
    (machine.cache / oid[:2]).mkdir(parents=True)
    (machine.cache / oid[:2] / oid).write_bytes(bundle)
    assert calls_for(hub, HubStore(DATASET, machine), {**FILES, "more/0.txt": b"0"}) == 3
