"""KeyService: decode, call the app, encode."""

from runwire.app.keys import Keys
from runwire.domain.caller import Caller
from runwire.domain.errors import NotFound
from runwire.domain.key import KeyId
from runwire.domain.secret import is_key_id
from runwire.rpc.checks import Faults
from runwire.rpc.convert_keys import identity_to_wire, key_to_wire, new_key_from_wire
from runwire.v1 import key_service_pb2 as wire
from runwire.v1 import key_service_pb2_grpc as service


class KeyServicer(service.KeyServiceServicer):
    """API keys, and who the caller is."""

    def __init__(self, keys: Keys, *, authenticated: bool) -> None:
        self._keys = keys
        self._authenticated = authenticated

    async def CreateKey(
        self, request: wire.CreateKeyRequest, caller: Caller
    ) -> wire.CreateKeyResponse:
        made = await self._keys.create(new_key_from_wire(request), caller)
        return wire.CreateKeyResponse(key=key_to_wire(made.key), secret=made.secret)

    async def GetKey(self, request: wire.GetKeyRequest, caller: Caller) -> wire.GetKeyResponse:
        key = await self._keys.get(_key_id(request.key_id), caller)
        return wire.GetKeyResponse(key=key_to_wire(key))

    async def ListKeys(
        self, request: wire.ListKeysRequest, caller: Caller
    ) -> wire.ListKeysResponse:
        faults = Faults()
        faults.page(request)
        faults.done()
        page = await self._keys.find(
            caller, page_size=request.page_size, page_token=request.page_token
        )
        return wire.ListKeysResponse(
            keys=map(key_to_wire, page.items), next_page_token=page.next_page_token
        )

    async def RevokeKey(
        self, request: wire.RevokeKeyRequest, caller: Caller
    ) -> wire.RevokeKeyResponse:
        key = await self._keys.revoke(_key_id(request.key_id), caller)
        return wire.RevokeKeyResponse(key=key_to_wire(key))

    async def GetIdentity(
        self, _request: wire.GetIdentityRequest, caller: Caller
    ) -> wire.GetIdentityResponse:
        identity = identity_to_wire(caller, authenticated=self._authenticated)
        return wire.GetIdentityResponse(identity=identity)


def _key_id(text: str) -> KeyId:
    """Return an id as it was sent; what cannot be one, a whole key above all, is not repeated."""
    faults = Faults()
    faults.text("key_id", text, required=True)
    faults.done()
    if not is_key_id(text):
        raise NotFound(
            "no such key: its id is what stands between the two `_` of `rw_ID_SECRET`",
            reason="KEY_NOT_FOUND",
        )
    return KeyId(text)
