"""Who is talked to: the audience, the RFM tiers, and the 90/10 split."""

from collections.abc import Collection
from datetime import timedelta

from tidegate.api.segmentation.v1.experiments_pb2 import ARM_ROLE_CONTROL, ARM_ROLE_TREATMENT, Arm, Experiment
from tidegate.api.segmentation.v1.rules_pb2 import (
    AGGREGATE_COUNT,
    OPERATOR_GREATER_OR_EQUAL,
    OPERATOR_IN,
    AttributeRule,
    Comparison,
    EventRule,
    EventSelection,
    Rule,
    RuleList,
    TierRule,
    Window,
)
from tidegate.api.segmentation.v1.score_models_pb2 import (
    MEASURE_FREQUENCY,
    MEASURE_MONETARY,
    MEASURE_RECENCY,
    QuantileEdges,
    ScoreComponent,
    ScoreModel,
    Tier,
)
from tidegate.api.segmentation.v1.segments_pb2 import Segment
from tidegate.demo.shop import Person, Shop
from tidegate.demo.words import duration, text, whole

AUDIENCE, BEST = "members", "best"
REGION = ("Hangzhou",)
"""Whose customers the campaign is for: the shop asks them whether it may write to them."""
MODEL = "rfm"
EXPERIMENT = "double11-split"
TALKED_TO, CONTROL = "talked-to", "control"
_LOOKED_BACK_ON = timedelta(days=400)
_CLASSES = QuantileEdges(classes=5)


def score_model() -> ScoreModel:
    """Recency, frequency, and money, five classes each with ties kept together, their mean cut into four tiers."""
    orders = EventSelection(names=["order.paid"], window=Window(rolling=duration(_LOOKED_BACK_ON)))
    return ScoreModel(
        model_id=MODEL,
        display_name="RFM",
        components=[
            ScoreComponent(component_id="recency", measure=MEASURE_RECENCY, events=orders, quantile_edges=_CLASSES),
            ScoreComponent(component_id="frequency", measure=MEASURE_FREQUENCY, events=orders, quantile_edges=_CLASSES),
            ScoreComponent(
                component_id="monetary",
                measure=MEASURE_MONETARY,
                events=orders,
                property="amount",
                quantile_edges=_CLASSES,
            ),
        ],
        tiers=[
            Tier(tier="high", display_name="High value", minimum_score=4),
            Tier(tier="fan", display_name="Brand fans", minimum_score=3),
            Tier(tier="waverer", display_name="Waverers", minimum_score=2),
            Tier(tier="sleeping", display_name="Sleeping", minimum_score=0),
        ],
    )


def members() -> Segment:
    """Everybody of the region who has been seen at least once."""
    seen = EventRule(
        events=EventSelection(names=["profile.seen", "order.paid"]),
        aggregate=AGGREGATE_COUNT,
        comparison=Comparison(operator=OPERATOR_GREATER_OR_EQUAL, values=[whole(1)]),
    )
    return Segment(segment_id=AUDIENCE, display_name="Members", rule=_of_the_region(Rule(event=seen)))


def best() -> Segment:
    """Whom the other platforms like to write to."""
    high = Rule(tier=TierRule(model_id=MODEL, tiers=["high"]))
    return Segment(segment_id=BEST, display_name="Best", rule=_of_the_region(high))


def experiment() -> Experiment:
    """Nine in ten are talked to, one in ten is not."""
    return Experiment(
        experiment_id=EXPERIMENT,
        display_name="Double 11: does talking help?",
        arms=[
            Arm(arm_id=TALKED_TO, role=ARM_ROLE_TREATMENT, share=9000),
            Arm(arm_id=CONTROL, role=ARM_ROLE_CONTROL, share=1000),
        ],
    )


def people_of(cities: Collection[str], shop: Shop) -> list[Person]:
    """The people of the shop who live in ``cities``."""
    return [person for person in shop.people if person.city in cities]


def _of_the_region(rule: Rule) -> Rule:
    lives_there = Comparison(operator=OPERATOR_IN, values=[text(city) for city in REGION])
    return Rule(all_of=RuleList(rules=[Rule(attribute=AttributeRule(attribute="city", comparison=lives_there)), rule]))
