"""segmentation as the process runs it."""

from collections.abc import Callable
from dataclasses import dataclass

from tidegate.api.segmentation.v1.report_service_pb2_grpc import add_ReportServiceServicer_to_server
from tidegate.api.segmentation.v1.segmentation_service_pb2_grpc import add_SegmentationServiceServicer_to_server
from tidegate.runtime.feed import Feed
from tidegate.runtime.ids import new_id
from tidegate.runtime.loops import Loop
from tidegate.runtime.service import Context, Service
from tidegate.segmentation.analytic_store.engine import Analytics
from tidegate.segmentation.analytic_store.questions import Questions
from tidegate.segmentation.describing import Descriptions
from tidegate.segmentation.erasing import Erasing
from tidegate.segmentation.evaluation import Evaluator
from tidegate.segmentation.experiments import Experiments
from tidegate.segmentation.exporting import Exporting
from tidegate.segmentation.fetching import Fetching, followers
from tidegate.segmentation.following import Facts
from tidegate.segmentation.mirroring import Mirror
from tidegate.segmentation.naming import Names
from tidegate.segmentation.publishing import Publisher
from tidegate.segmentation.questioning import Questioning
from tidegate.segmentation.reports import Reports
from tidegate.segmentation.scores import Scores
from tidegate.segmentation.segments import Segments
from tidegate.segmentation.servicer import ReportServicer, SegmentationServicer
from tidegate.segmentation.servicer.tools import Tools
from tidegate.segmentation.snapshots import Snapshots
from tidegate.segmentation.stages import Stages
from tidegate.segmentation.store import segments as store
from tidegate.segmentation.store.tables import FEED, METADATA
from tidegate.segmentation.telling import Tellings

__all__ = ["METADATA", "build"]

ANALYTIC_FILE = "segmentation.duckdb"


def build(context: Context) -> Service:
    """Puts the service together. Raises AnalyticStoreError when another process has the analytic store."""
    analytics = _open_analytics(context)
    try:
        return _build(context, analytics)
    except BaseException:
        analytics.close()
        raise


@dataclass(slots=True)
class _Bell:
    """Wakes a loop that is made after those who ring."""

    rung: Callable[[], None] = lambda: None

    def __call__(self) -> None:
        self.rung()


def _open_analytics(context: Context) -> Analytics:
    owner = context.database.run(lambda connection: store.origin(connection, otherwise=new_id()))
    return Analytics.open(context.settings.data_dir / ANALYTIC_FILE, owner=owner)


def _build(context: Context, analytics: Analytics) -> Service:
    database, clock = context.database, context.clock
    touched, redefined = _Bell(), _Bell()
    feed = Feed(database, FEED)
    context.activity.on_nudge(feed.nudge)
    fetching = Fetching(context.peers)
    questions = Questions(context.settings.company_zone)
    facts = Facts(analytics, touched)
    names = Names(facts, questions)
    mirror = Mirror(database, analytics, facts, touched)
    publisher = Publisher(database, feed, analytics, facts)
    evaluator = Evaluator(
        database,
        feed,
        analytics,
        facts=facts,
        publisher=publisher,
        questions=questions,
        clock=clock,
        prepare=mirror.catch_up,
    )
    scores = Scores(
        database, feed, analytics, facts=facts, questions=questions, names=names, clock=clock, changed=redefined
    )
    stages = Stages(
        database,
        feed,
        analytics,
        facts=facts,
        evaluator=evaluator,
        questions=questions,
        names=names,
        clock=clock,
        changed=redefined,
    )
    erasing = Erasing(database, feed, analytics, facts, publisher, clock)
    told = Tellings(database, feed, analytics, publisher=publisher, clock=clock)
    publisher.news = told.note_members
    evaluating = _loop(
        context,
        "segmentation.evaluate",
        lambda: any([evaluator.step(), erasing.step(), stages.step(), told.tell_members()]),
    )
    scoring = _loop(context, "segmentation.score", lambda: _score(scores, told))
    told.wake = _both(evaluating.wake, scoring.wake)
    touched.rung = _both(evaluator.note_touched, evaluating.wake)
    redefined.rung = _both(evaluator.refresh_definitions, evaluating.wake)
    scores.wake, stages.wake = scoring.wake, evaluating.wake
    tools = Tools(
        segments=Segments(
            database, feed, analytics, facts, names, publisher, evaluator, clock, redefined, fetching.identity_head
        ),
        snapshots=Snapshots(database, analytics, publisher, clock),
        questioning=Questioning(
            database, analytics, facts, questions, names, mirror, clock, context.settings.company_zone
        ),
        experiments=Experiments(database, feed, analytics, mirror, clock),
        scores=scores,
        stages=stages,
        reports=Reports(database, analytics, facts, questions, names, mirror, clock),
        descriptions=Descriptions(database, analytics, facts, questions, names, mirror, clock),
        exporting=Exporting(database, analytics),
        feed=feed,
    )
    return Service(
        context.name,
        [
            (add_SegmentationServiceServicer_to_server, SegmentationServicer(tools)),
            (add_ReportServiceServicer_to_server, ReportServicer(tools)),
        ],
        loops=[*followers(context, fetching, facts, told), evaluating, scoring],
        drain=feed.wake,
        stop=analytics.close,
    )


def _loop(context: Context, name: str, step: Callable[[], bool]) -> Loop:
    return Loop(name, step, activity=context.activity, rest=context.pace.rest)


def _score(scores: Scores, told: Tellings) -> bool:
    """Tiers are told while no run is under way: its changes are announced before its scores are in force."""
    if scores.step():
        told.note_tiers()
        return True
    return told.tell_tiers()


def _both(first: Callable[[], None], second: Callable[[], None]) -> Callable[[], None]:
    def ring() -> None:
        first()
        second()

    return ring
