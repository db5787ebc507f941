"""What is wrong with an answer, whatever was asked."""

import httpx2

from lockstep.live.gateway.problems import MEDIA_TYPE

EXPECTED = frozenset({
    "ENGINE_NOT_INITIALIZED", "NO_MARKET_DATA", "ANALYTICS_UNAVAILABLE", "NOT_READY",
    "KILL_SWITCH_INCOMPLETE",
})  # fmt: skip
"""Codes of 5xx that a request may be answered with: what is not there, and not what broke."""


def fault_of(answer: httpx2.Response) -> str:
    """Return what is wrong with an answer; empty where nothing is."""
    if "Traceback" in answer.text:
        return "a traceback"
    if answer.status_code < 400:
        return ""
    if answer.headers.get("content-type") != MEDIA_TYPE:
        return f"{answer.status_code} is no problem document: {answer.text[:200]}"
    problem = answer.json()
    if problem["status"] != answer.status_code or not problem["code"].isupper() or not problem["detail"]:
        return f"an odd problem: {problem}"
    if answer.status_code >= 500 and problem["code"] not in EXPECTED:
        return f"{answer.status_code} {problem['code']}: {problem['detail']}"
    return ""
