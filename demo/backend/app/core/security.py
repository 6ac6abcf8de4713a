"""One demo account; a signed token in an httpOnly cookie."""

from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import Annotated

import jwt
from fastapi import Cookie, Depends, HTTPException

from app.core.config import settings

COOKIE = "access_token"
LIFETIME = timedelta(hours=8)
ALGORITHM = "HS256"


def password_matches(username: str, password: str) -> bool:
    """Both are always compared, so that the answer's time tells nothing."""
    user_ok = compare_digest(username.encode(), settings.demo_user.encode())
    password_ok = compare_digest(password.encode(), settings.demo_password.encode())
    return user_ok and password_ok


def make_token(username: str) -> str:
    expires = datetime.now(UTC) + LIFETIME
    return jwt.encode(
        {"sub": username, "exp": expires}, settings.secret_key, algorithm=ALGORITHM
    )


def current_user(access_token: Annotated[str | None, Cookie()] = None) -> str:
    if access_token is None:
        raise HTTPException(401, "not logged in: no access_token cookie was sent")
    try:
        claims = jwt.decode(access_token, settings.secret_key, algorithms=[ALGORITHM])
    except jwt.InvalidTokenError as error:
        raise HTTPException(401, f"not logged in: {error}") from error
    return str(claims["sub"])


CurrentUser = Annotated[str, Depends(current_user)]
