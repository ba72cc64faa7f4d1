"""The analytic store: one process, one database, each page of a feed once."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from support import segmentation_words as w
from support.segmentation_rig import START, rig, sqlite_database
from tidegate.segmentation.analytic_store.engine import Analytics, AnalyticStoreError

OPENER = """
import sys
from pathlib import Path
from tidegate.segmentation.analytic_store.engine import Analytics, AnalyticStoreError
try:
    Analytics.open(Path(sys.argv[1]), owner="one")
except AnalyticStoreError as error:
    print(error)
"""


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "segmentation.duckdb"
    analytics = Analytics.open(path, owner="one")
    try:
        second = subprocess.run([sys.executable, "-c", OPENER, path], capture_output=True, text=True, check=True)
    finally:
        analytics.close()
    assert "is open in another process" in second.stdout
    assert "ClickHouse" in second.stdout


def test_a_store_of_another_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "segmentation.duckdb"
    Analytics.open(path, owner="one").close()
    with pytest.raises(AnalyticStoreError, match="another database"):
        Analytics.open(path, owner="another")
    Analytics.open(path, owner="one").close()


def test_a_page_that_fails_leaves_nothing_and_is_applied_once(tmp_path: Path) -> None:
    database = sqlite_database(tmp_path)
    page = [w.created(1), w.happened(1, "buy", START, amount=1), w.set_attributes(1, city="beijing")]
    with rig(tmp_path, database) as told:
        apply, told.facts._analytics.writer = told.facts._analytics.writer, failing  # type: ignore[method-assign, assignment]
        with pytest.raises(RuntimeError, match="disk"):
            told.hear(page)
        told.facts._analytics.writer = apply  # type: ignore[method-assign]
        assert told.facts.position("identity") == 0
        told.position = 0
        told.hear(page)
    with rig(tmp_path, database) as told:
        assert told.facts.position("identity") == 3
        with told.analytics.reader() as connection:
            assert connection.execute("SELECT count(*) FROM events").fetchall() == [(1,)]
        told.create("buyers", w.all_of(w.event("buy"), w.attribute("city", w.compare("EQUAL", "beijing"))))
        told.settle()
        assert told.members("buyers") == {1}
    database.close()


def failing() -> None:
    raise RuntimeError("the disk is full")


def test_a_value_of_another_kind_gets_a_column_of_its_own(tmp_path: Path) -> None:
    database = sqlite_database(tmp_path)
    with rig(tmp_path, database) as told:
        told.hear([w.created(1), w.created(2), w.set_attributes(1, size=3), w.set_attributes(2, size="large")])
        told.hear([w.happened(1, "buy", START, amount=2), w.happened(1, "buy", START, amount=0.5)])
        told.create("large", w.attribute("size", w.compare("EQUAL", "large")))
        told.create("three", w.attribute("size", w.compare("GREATER", 2.5)))
        told.create("sum", w.event("buy", "SUM", w.compare("EQUAL", 2.5), "amount"))
        told.settle()
        assert (told.members("large"), told.members("three"), told.members("sum")) == ({2}, {1}, {1})
        told.hear([w.set_attributes(1, size="small"), w.set_attributes(2, size=None)])
        told.settle()
        assert (told.members("large"), told.members("three")) == (set(), set())
    database.close()


def test_nobody_is_touched_by_what_no_rule_reads(tmp_path: Path) -> None:
    def touched() -> list[tuple[int, str]]:
        with told.analytics.reader() as connection:
            return connection.execute("SELECT customer_id, facet FROM touched ORDER BY ALL").fetchall()

    with rig(tmp_path, sqlite_database(tmp_path)) as told:
        told.hear([w.created(1), w.happened(1, "look", START)])
        assert touched() == [(1, "event:look"), (1, "everything")]
        told.create("buyers", w.event("buy"))
        told.settle()
        told.hear([w.happened(1, "look", START), w.happened(1, "buy", START), w.set_attributes(1, city="beijing")])
        assert touched() == [(1, "event:buy")]
        told.settle()
        told.hear([w.set_attributes(1, city="shanghai"), w.merged(1, 2)])
        assert {facet for _, facet in touched()} == {"everything"}


def test_numbering_within_a_transaction_and_applying_a_page_do_not_wait_for_each_other(tmp_path: Path) -> None:
    with rig(tmp_path, sqlite_database(tmp_path)) as told:
        numbers = []

        def apply() -> None:
            for position in range(1, 200):
                told.facts.apply_delivery([], position)

        def number() -> None:
            for _ in range(200):
                with told.analytics.writer():
                    numbers.append(told.facts.next_serial())

        threads = [threading.Thread(target=each, daemon=True) for each in (apply, number)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert not any(thread.is_alive() for thread in threads)
        assert numbers == sorted(set(numbers))
