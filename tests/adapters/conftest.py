"""A mail sink per test."""

import logging
from collections.abc import Iterator

import pytest
from tidegate_simulators.mail import MailSink


@pytest.fixture
def sink() -> Iterator[MailSink]:
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    with MailSink() as running:
        yield running
    logging.getLogger("mail.log").setLevel(logging.NOTSET)
