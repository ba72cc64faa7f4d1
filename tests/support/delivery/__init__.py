"""What tests of delivery share."""
