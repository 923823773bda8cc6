"""An OpenID provider on loopback for tests: whoever the test names signs in, and every step is checked as the Hub does.

It is spoken to by unmodified Gradio and Authlib. What it does not accept is answered with an error and remembered.
"""

import secrets
import threading
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT_ID = "the-leaderboard"
SCOPES = "openid profile"


@dataclass(frozen=True)
class _Grant:
    """What a code stands for until it is exchanged."""

    user: str
    nonce: str
    redirect_uri: str


@dataclass
class OpenIdProvider:
    """Who signs in next, and what was asked."""

    url: str = ""
    signs_in: str | None = "ana"
    """The user who accepts; None: somebody who refuses."""
    lasts_seconds: int = 8 * 3600
    forges: bool = False
    """Signs with a key that is not among its published ones."""
    client_secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    authorisations: list[dict[str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """What was asked and not granted, in order."""
    _grants: dict[str, _Grant] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)
    _key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "published"}, auto_kid=True))
    _foreign_key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "published"}, auto_kid=True))

    def environment(self) -> dict[str, str]:
        """Return what a Space with `hf_oauth: true` finds in its environment."""
        return {
            "OAUTH_CLIENT_ID": CLIENT_ID,
            "OAUTH_CLIENT_SECRET": self.client_secret,
            "OAUTH_SCOPES": SCOPES,
            "OPENID_PROVIDER_URL": self.url,
        }

    def configuration(self, _request: Request) -> Response:
        """Answer the discovery document."""
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/oauth/authorize",
                "token_endpoint": f"{self.url}/oauth/token",
                "userinfo_endpoint": f"{self.url}/oauth/userinfo",
                "jwks_uri": f"{self.url}/oauth/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    def authorise(self, request: Request) -> Response:
        """Sign in whoever the test says, or be refused, and lead back with the state that was given."""
        asked = dict(request.query_params)
        self.authorisations.append(asked)
        good = (
            asked.get("client_id") == CLIENT_ID
            and asked.get("response_type") == "code"
            and asked.get("scope") == SCOPES
            and asked.get("state")
            and asked.get("nonce")
            and urlsplit(asked.get("redirect_uri", "")).path == "/login/callback"
        )
        if not good:
            return self._refuse("authorize", 400)
        back = asked["redirect_uri"]
        joint = "&" if urlsplit(back).query else "?"
        if self.signs_in is None:
            answer = {"error": "access_denied", "error_description": "The user said no"}
        else:
            code = secrets.token_urlsafe(16)
            self._grants[code] = _Grant(self.signs_in, asked["nonce"], back)
            answer = {"code": code}
        return RedirectResponse(back + joint + urlencode({**answer, "state": asked["state"]}), status_code=302)

    async def token(self, request: Request) -> Response:
        """Exchange a code, once, for tokens; the client proves who it is with its secret."""
        scheme, _, proof = request.headers.get("authorization", "").partition(" ")
        if scheme != "Basic" or b64decode(proof).decode() != f"{CLIENT_ID}:{self.client_secret}":
            return self._refuse("invalid_client", 401)
        form = dict(parse_qsl((await request.body()).decode()))
        grant = self._grants.pop(form.get("code", ""), None)
        if form.get("grant_type") != "authorization_code" or grant is None:
            return self._refuse("invalid_grant", 400)
        if form.get("redirect_uri") != grant.redirect_uri:
            return self._refuse("invalid_redirect", 400)
        access = secrets.token_urlsafe(16)
        self._tokens[access] = grant.user
        return JSONResponse(
            {
                "access_token": access,
                "token_type": "bearer",
                "expires_in": self.lasts_seconds,
                "scope": SCOPES,
                "id_token": self._id_token(grant),
            }
        )

    def keys(self, _request: Request) -> Response:
        """Answer the public keys."""
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})

    def userinfo(self, request: Request) -> Response:
        """Answer who a token is of."""
        user = self._tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        return JSONResponse(_profile(user)) if user else self._refuse("userinfo", 401)

    def _id_token(self, grant: _Grant) -> str:
        now = int(time.time())
        claims = {
            **_profile(grant.user),
            "iss": self.url,
            "aud": CLIENT_ID,
            "nonce": grant.nonce,
            "iat": now,
            "exp": now + 3600,
        }
        key = self._foreign_key if self.forges else self._key
        return jwt.encode({"alg": "RS256", "kid": "published"}, claims, key)

    def _refuse(self, error: str, status: int) -> Response:
        self.refused.append(error)
        return JSONResponse({"error": error}, status_code=status)


def _profile(user: str) -> dict[str, Any]:
    return {
        "sub": f"id-of-{user}",
        "name": f"Full name of {user}",
        "preferred_username": user,
        "profile": f"https://huggingface.co/{user}",
        "picture": "https://huggingface.co/avatar.png",
    }


@contextmanager
def running_openid_provider() -> Iterator[OpenIdProvider]:
    """Serve a provider on a free port of the loopback interface until the block ends."""
    provider = OpenIdProvider()
    application = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", provider.configuration),
            Route("/oauth/authorize", provider.authorise),
            Route("/oauth/token", provider.token, methods=["POST"]),
            Route("/oauth/jwks", provider.keys),
            Route("/oauth/userinfo", provider.userinfo),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(application, host="127.0.0.1", port=0, lifespan="off", log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.01)
    provider.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield provider
    finally:
        server.should_exit = True
