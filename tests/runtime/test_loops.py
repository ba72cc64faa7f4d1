"""A background loop passes, rests, survives failures, and stops when it is told to."""

import threading
import time
from collections.abc import Callable

import pytest
import structlog
from structlog.testing import capture_logs
from tidegate.runtime.loops import Activity, Loop, settle, wake_one


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_pass_that_found_something_is_followed_at_once() -> None:
    left = [3]

    def step() -> bool:
        left[0] -= 1
        return left[0] >= 0

    activity = Activity()
    loop = Loop("work", step, activity=activity, rest=60)
    loop.start()
    wait_for(lambda: activity.statuses()[0].passes == 4)
    assert activity.statuses()[0].busy_passes == 3
    loop.wake()
    wait_for(lambda: activity.statuses()[0].passes == 5)
    assert loop.stop(timeout=60)


def test_a_failed_pass_is_told_and_tried_again() -> None:
    failures = [1]

    def step() -> bool:
        if failures:
            failures.pop()
            raise OSError("full disk")
        return False

    activity = Activity()
    loop = Loop("work", step, activity=activity, rest=0.05)
    with capture_logs() as lines:
        loop.start()
        wait_for(lambda: "full disk" in activity.statuses()[0].last_error)
        wait_for(lambda: activity.statuses()[0].passes == 2)
    assert activity.statuses()[0].last_error == ""
    assert [line["event"] for line in lines] == ["loop.failed"]
    assert loop.stop(timeout=60)


def test_a_loop_outlives_any_number_of_failures() -> None:
    activity = Activity()
    loop = Loop("work", fail, activity=activity, rest=0)
    with capture_logs():
        loop.start()
        wait_for(lambda: activity.statuses()[0].passes > 1_100)
        assert loop.stop(timeout=60)


def test_a_log_that_cannot_be_written_does_not_end_a_loop() -> None:
    def refuse(_logger: object, _method: str, _event: object) -> dict[str, object]:
        raise OSError("no space left on device")

    activity = Activity()
    structlog.configure(processors=[refuse])
    try:
        loop = Loop("work", fail, activity=activity, rest=0)
        loop.start()
        wait_for(lambda: activity.statuses()[0].passes > 2)
        assert loop.stop(timeout=60)
    finally:
        structlog.reset_defaults()


def test_news_does_not_cut_the_pause_after_a_failure_short() -> None:
    activity = Activity()
    loop = Loop("work", fail, activity=activity, rest=60)
    with capture_logs() as lines:
        loop.start()
        wait_for(lambda: len(lines) == 1)
        for _ in range(20):
            loop.wake()
            time.sleep(0.002)
        assert activity.statuses()[0].passes == 1
        settle([activity], timeout=30)  # whoever settles does not wait for the end of the pause
        assert activity.statuses()[0].passes == 2
        assert loop.stop(timeout=60)


def test_news_that_comes_during_a_pass_after_a_failure_is_not_forgotten() -> None:
    activity, began, go_on = Activity(), threading.Event(), threading.Event()
    passes = [0]

    def step() -> bool:
        passes[0] += 1
        if passes[0] == 1:
            raise OSError("full disk")
        if passes[0] == 2:
            began.set()
            assert go_on.wait(60)
        return False

    loop = Loop("work", step, activity=activity, rest=60)
    with capture_logs():
        loop.start()
        wait_for(lambda: activity.statuses()[0].passes == 1)
        activity.nudge()
        assert began.wait(60)
        loop.wake()
        go_on.set()
        wait_for(lambda: activity.statuses()[0].passes == 3)
        assert loop.stop(timeout=60)


def test_of_loops_that_do_the_same_work_one_is_woken_and_no_news_is_missed() -> None:
    """What comes while one is at work goes to another, and what comes while all are is looked for once more."""
    activity, news, seen, go_on = Activity(), list[str](), list[str](), threading.Event()

    def step() -> bool:
        if not news:
            return False
        seen.append(news.pop())
        assert go_on.wait(5)
        return True

    def tell(what: str) -> None:
        news.append(what)
        wake_one(loops)

    loops = [Loop(f"work-{number}", step, activity=activity, rest=60) for number in range(2)]
    for loop in loops:
        loop.start()
    wait_for(lambda: [one.passes for one in activity.statuses()] == [1, 1])
    tell("first")
    wait_for(lambda: seen == ["first"])
    assert [one.working for one in activity.statuses()] == [True, False], "the other goes on resting"
    tell("second")
    wait_for(lambda: seen == ["first", "second"])
    tell("third")
    go_on.set()
    wait_for(lambda: seen == ["first", "second", "third"])
    assert all(loop.stop(timeout=5) for loop in loops)


def test_a_loop_that_pauses_after_a_failure_is_not_the_one_that_is_woken() -> None:
    activity, broken = Activity(), [True]

    def step() -> bool:
        if broken[0]:
            raise OSError("full disk")
        return False

    first = Loop("first", step, activity=activity, rest=60)
    with capture_logs():
        first.start()
        wait_for(lambda: activity.statuses()[0].last_error != "")
        broken[0] = False
        second = Loop("second", step, activity=activity, rest=60)
        second.start()
        wait_for(lambda: activity.statuses()[1].passes == 1)
        wake_one([first, second])
        wait_for(lambda: activity.statuses()[1].passes == 2)
        assert activity.statuses()[0].passes == 1
        assert [loop.stop(timeout=5) for loop in (first, second)] == [True, True]


def fail() -> bool:
    raise OSError("full disk")


def test_a_pass_that_the_end_interrupts_is_no_failure() -> None:
    began, cut = threading.Event(), threading.Event()

    def step() -> bool:
        began.set()
        cut.wait(60)
        raise OSError("closed")

    loop = Loop("work", step, activity=Activity(), rest=60)
    with capture_logs() as lines:
        loop.start()
        assert began.wait(60)
        assert not loop.stop(timeout=0)
        cut.set()
        assert loop.stop(timeout=60)
    assert [line["event"] for line in lines] == ["loop.interrupted"]


@pytest.mark.parametrize("_attempt", range(20))
def test_a_loop_stops_without_resting_first(_attempt: int) -> None:
    loop = Loop("work", lambda: False, activity=Activity(), rest=60)
    loop.start()
    assert loop.stop(timeout=60)


def test_a_loop_that_never_began_stops() -> None:
    assert Loop("work", lambda: False, activity=Activity()).stop(timeout=0)


def test_settling_follows_work_from_loop_to_loop() -> None:
    activity, handed, done = Activity(), [5], [0]

    def hand_on() -> bool:
        if not handed[0]:
            return False
        handed[0] -= 1
        time.sleep(0.02)
        return True

    def finish() -> bool:
        found, done[0] = done[0] < 5 - handed[0], 5 - handed[0]
        return found

    loops = [Loop("finish", finish, activity=activity, rest=60), Loop("hand-on", hand_on, activity=activity, rest=60)]
    for loop in loops:
        loop.start()
    settle([activity], timeout=60)
    assert (handed, done) == ([0], [5])
    assert activity.statuses()[0].passes < 20, "who has nothing to do is not asked again and again"
    assert all(loop.stop(timeout=60) for loop in loops)


def test_settling_waits_for_what_a_pass_has_begun() -> None:
    activity = Activity()
    loop = Loop("work", lambda: False, activity=activity, rest=60)
    loop.start()
    loop.meter.hold()
    with pytest.raises(TimeoutError, match="work"):
        settle([activity], timeout=0.2)
    threading.Timer(0.05, loop.meter.release).start()
    settle([activity], timeout=60)
    assert loop.stop(timeout=60)
