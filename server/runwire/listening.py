"""What every listener says when it cannot have its address."""


class AddressInUse(OSError):
    """Nothing can listen on the address; the message names it and the remedy."""


def in_use(address: str, setting: str = "") -> AddressInUse:
    """Return the error for an address that cannot be had, and the setting that names it."""
    named = f" ({setting})" if setting else ""
    return AddressInUse(
        f"cannot listen on {address}{named}: it is in use, or no address of this machine;"
        " stop the other program or choose another address"
    )
