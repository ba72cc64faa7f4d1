"""The delivery service: templates, messages, the gate and its ledger, attempts, receipts and links."""
