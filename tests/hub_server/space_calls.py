"""What is asked of the Hub about a Space's variables and secrets: variables can be read back, secrets only named."""

from fastapi.responses import JSONResponse, Response

from tests.hub_server.access import account, check_write
from tests.hub_server.calls import Asked
from tests.hub_server.hub import HubServer
from tests.hub_server.repositories import HubSpace


def variables(hub: HubServer, asked: Asked) -> Response:
    """List the variables, after setting one where one was sent."""
    space = _space(hub, asked)
    if asked.method == "POST":
        sent = asked.fields(required={"key", "value"}, optional=frozenset({"description"}))
        space.variables[sent["key"]] = sent["value"]
    return JSONResponse({key: {"value": value} for key, value in space.variables.items()})


def secrets(hub: HubServer, asked: Asked) -> Response:
    """List the names of the secrets, after setting one where one was sent."""
    space = _space(hub, asked)
    if asked.method == "POST":
        sent = asked.fields(required={"key", "value"}, optional=frozenset({"description"}))
        space.secrets[sent["key"]] = sent["value"]
    return JSONResponse({key: {} for key in space.secrets})


def _space(hub: HubServer, asked: Asked) -> HubSpace:
    """Return the Space, to whoever may write to it."""
    hub.readable(asked)
    check_write(account(hub.tokens, asked), asked.repository)
    return hub.spaces[asked.repository]
