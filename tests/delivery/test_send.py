"""Send: accepted once, gated, sent, recorded."""

from support.delivery.shop import Shop


def test_a_message_goes_through_the_gate_to_its_provider(shop: Shop) -> None:
    customer_id = shop.customers(1)[0]
    message_id = shop.send(shop.message(customer_id))[0]
    assert shop.state_of(message_id) == "sent"
    assert shop.told.ids == [message_id]
    story = shop.explain(message_id)
    assert [one.account_id for one in story.message.attempts] == ["sms-1"]
    assert story.ledger_entry.customer_id == customer_id
