"""The API. Nothing here touches the database: it starts on an empty one too."""

from fastapi import APIRouter, FastAPI
from fastapi.middleware.cors import CORSMiddleware

from app.api import auth, health, people, schedules
from app.api.legacy import RedirectUnversioned
from app.core.config import settings

app = FastAPI(title="Residency Scheduler")
app.add_middleware(
    CORSMiddleware,
    allow_origins=settings.cors_origins,
    allow_credentials=True,
    allow_methods=["*"],
    allow_headers=["*"],
)
app.add_middleware(RedirectUnversioned)  # added last, so outermost

v1 = APIRouter(prefix="/api/v1")
for part in (health, auth, people, schedules):
    v1.include_router(part.router)
app.include_router(v1)
app.include_router(health.router)
