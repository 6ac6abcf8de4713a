from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel

from app.core.config import settings
from app.core.security import (
    COOKIE,
    LIFETIME,
    CurrentUser,
    make_token,
    password_matches,
)

router = APIRouter(prefix="/auth", tags=["auth"])


class User(BaseModel):
    username: str


async def _credentials(request: Request) -> tuple[str, str]:
    """A form, as OAuth2 clients send it, or the same two fields as JSON."""
    try:
        if request.headers.get("content-type", "").startswith("application/json"):
            fields = await request.json()
        else:
            fields = await request.form()
        return str(fields["username"]), str(fields["password"])
    except (KeyError, TypeError, ValueError) as error:
        raise HTTPException(422, "username and password are needed") from error


@router.post("/login")
async def login(request: Request, response: Response) -> User:
    username, password = await _credentials(request)
    if not password_matches(username, password):
        raise HTTPException(401, "wrong username or password")
    response.set_cookie(
        COOKIE,
        make_token(username),
        max_age=int(LIFETIME.total_seconds()),
        httponly=True,
        secure=settings.cookie_secure,
        samesite="lax",
    )
    return User(username=username)


@router.post("/logout", status_code=204)
def logout(response: Response) -> None:
    response.delete_cookie(COOKIE)


@router.get("/me")
def me(user: CurrentUser) -> User:
    return User(username=user)
