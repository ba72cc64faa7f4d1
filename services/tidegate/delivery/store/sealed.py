"""All columns of delivery whose values are sealed."""

from tidegate.delivery.links.store import LINKS
from tidegate.delivery.policy.store.suppressions import SUPPRESSIONS
from tidegate.delivery.schema import RESEALING
from tidegate.delivery.store.tables import ATTEMPTS, CALLBACKS, CONTENTS
from tidegate.delivery.vault import CALL, CALLBACK, CONTENT, LINK, SUPPRESSION
from tidegate.runtime.sealed import Part, Sealed

SEALED = Sealed(
    RESEALING,
    (
        Part(CONTENTS.c.sealed, CONTENT, by=CONTENTS.c.message_id),
        Part(ATTEMPTS.c.sealed, CALL, by=ATTEMPTS.c.message_id),
        Part(SUPPRESSIONS.c.value, SUPPRESSION),
        Part(SUPPRESSIONS.c.note, SUPPRESSION),
        Part(LINKS.c.target_url, LINK, by=LINKS.c.code),
        Part(CALLBACKS.c.sealed, CALLBACK, by=CALLBACKS.c.callback_id),
    ),
)
