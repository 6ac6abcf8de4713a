from fastapi import APIRouter, Response

from app.services.health import health

router = APIRouter(tags=["health"])


@router.get("/health")
async def get_health(response: Response) -> dict[str, str]:
    """200 only if the database and redis answered just now; 503 says which did not."""
    state = await health()
    response.status_code = 200 if state["status"] == "healthy" else 503
    return state
