"""A vault of no installation."""

from tidegate.delivery.addresses import AddressKeys
from tidegate.delivery.vault import Vault
from tidegate.runtime.keyring import Keyring

VAULT = Vault(AddressKeys(b"k" * 32), b"t" * 32, Keyring(None, original=b"o" * 32, purpose=""))
"""Keys and seals as any other does."""
