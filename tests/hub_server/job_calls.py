"""What is asked of the Hub about jobs."""

import json
import threading
from collections.abc import Iterator
from typing import Any

from fastapi.responses import JSONResponse, Response, StreamingResponse

from tests.hub_server.access import account
from tests.hub_server.calls import Asked, RefusedError, known_fields
from tests.hub_server.hub import HubServer
from tests.hub_server.jobs import Job, ScheduledJob, kill, run

_SPEC = frozenset({"command", "arguments", "environment", "flavor"})
_OPTIONAL = frozenset({"dockerImage", "spaceId", "secrets", "timeoutSeconds", "labels", "volumes"})


def create(hub: HubServer, asked: Asked) -> Response:
    """Start a job for whoever has a token of that name."""
    _check(hub, asked)
    spec = asked.fields(required=_SPEC, optional=_OPTIONAL)
    if hub.jobs.refuses_to_start:
        hub.jobs.refuses_to_start -= 1
        raise RefusedError(503, "No machine can be had now")
    job = Job(f"{len(hub.jobs.by_id) + 1:024x}", asked.places["namespace"], spec, hub.jobs.play)
    hub.jobs.by_id[job.id] = job
    threading.Thread(target=run, args=(job, hub.url), daemon=True).start()
    if hub.jobs.loses_answers:
        hub.jobs.loses_answers -= 1
        raise RefusedError(502, "Bad gateway")
    return JSONResponse(job.as_data())


def listing(hub: HubServer, asked: Asked) -> Response:
    """List the jobs of a name, with a label or a stage where one is asked for."""
    _check(hub, asked)
    name, _, value = asked.query.get("label", "").partition("=")
    stage = asked.query.get("stage")
    found = [
        job.as_data()
        for job in hub.jobs.by_id.values()
        if job.namespace == asked.places["namespace"]
        and not job.play.lost
        and (not name or job.spec.get("labels", {}).get(name) == value)
        and (not stage or job.stage == stage)
    ]
    return JSONResponse(found)


def info(hub: HubServer, asked: Asked) -> Response:
    """Say how a job stands."""
    return JSONResponse(_job(hub, asked).as_data())


def cancel(hub: HubServer, asked: Asked) -> Response:
    """End a job."""
    job = _job(hub, asked)
    kill(job, "CANCELED", "Job cancelled")
    return JSONResponse(job.as_data())


def logs(hub: HubServer, asked: Asked) -> Response:
    """Tell the log so far, line by line."""
    job = _job(hub, asked)
    lines = list(job.play.log(list(job.lines)))
    tail = asked.query.get("tail")
    if tail is not None:
        lines = lines[-int(tail) :]

    def stream() -> Iterator[str]:
        for line in ["===== Job started at 2026-11-24 =====", *lines]:
            yield f"data: {json.dumps({'data': line, 'timestamp': '2026-11-24T00:00:00Z'})}\n\n"

    return StreamingResponse(stream(), media_type="text/event-stream")


def scheduled(hub: HubServer, asked: Asked) -> Response:
    """List what is started again and again, or take in another."""
    _check(hub, asked)
    namespace = asked.places["namespace"]
    if asked.method == "POST":
        sent = asked.fields(required={"jobSpec", "schedule"}, optional=frozenset({"concurrency", "suspend"}))
        spec = known_fields(sent["jobSpec"], required=set(_SPEC), optional=_OPTIONAL)
        number = len(hub.jobs.scheduled) + 1
        new = ScheduledJob(f"{number:024x}", namespace, spec, sent["schedule"], bool(sent.get("concurrency")))
        hub.jobs.scheduled[new.id] = new
        return JSONResponse(new.as_data())
    name, _, value = asked.query.get("label", "").partition("=")
    of_here = [one for one in hub.jobs.scheduled.values() if one.namespace == namespace]
    return JSONResponse([one.as_data() for one in of_here if not name or one.spec.get("labels", {}).get(name) == value])


def delete_scheduled(hub: HubServer, asked: Asked) -> Response:
    """Forget one."""
    _check(hub, asked)
    if hub.jobs.scheduled.pop(asked.places["job"], None) is None:
        raise RefusedError(404, "Scheduled job not found")
    return JSONResponse({})


def hardware(hub: HubServer, _asked: Asked) -> Response:
    """List the machines and what a minute of each costs; everybody may know."""
    return JSONResponse([_machine(one) for one in hub.jobs.hardware])


def _machine(one: dict[str, Any]) -> dict[str, Any]:
    model, quantity, gigabytes = one.get("cards", ("", 0, 0))
    told = {
        "name": one["name"],
        "prettyName": one["name"],
        "cpu": one["cpu"],
        "ram": one["ram"],
        "ephemeralStorage": "100 GB",
        "unitCostMicroUSD": round(one["dollars_a_minute"] * 10**6),
        "unitCostUSD": one["dollars_a_minute"],
        "unitLabel": "minute",
    }
    if not quantity:
        return told
    cards = {"type": "gpu", "model": model, "quantity": str(quantity), "vram": f"{gigabytes} GB"}
    return told | {"accelerator": {**cards, "manufacturer": "Nvidia"}}


def _check(hub: HubServer, asked: Asked) -> None:
    access = account(hub.tokens, asked)
    if access is None:
        raise RefusedError(401, "Invalid username or password.")
    if asked.places["namespace"] not in access.may_run_jobs:
        raise RefusedError(403, f"Forbidden: {access.user} may not run jobs there")


def _job(hub: HubServer, asked: Asked) -> Job:
    _check(hub, asked)
    job = hub.jobs.by_id.get(asked.places["job"])
    if job is None or job.play.lost or job.namespace != asked.places["namespace"]:
        raise RefusedError(404, "Job not found")
    return job
